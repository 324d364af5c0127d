"""What runs inside Blender's Python finds nothing else there."""

import sys
from pathlib import Path

import pytest

from tests.test_house import ROOT, imported

STAGE = ROOT / "pipelines" / "studio" / "stage"


@pytest.mark.parametrize("path", sorted(STAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(STAGE)))
def test_the_stage_needs_blender_and_numpy_only(path: Path) -> None:
    names = imported(path)
    assert {name for name in names if name.startswith("pipelines")} <= {
        name for name in names if name.startswith("pipelines.studio.stage")
    }
    tops = {name.split(".")[0] for name in names} - {"pipelines"}
    assert {top for top in tops if top not in sys.stdlib_module_names} <= {"numpy", "bpy", "bmesh", "mathutils"}
