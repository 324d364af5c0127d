"""Tiny renders by Blender itself, where the studio's environment is."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pipelines.studio.manifest import SCHEMA, Table
from pipelines.studio.run import make_foregrounds
from pipelines.studio.settings import Settings

PYTHON = Path(__file__).parents[3] / ".studio" / "bin" / "python"
ONE = {"colour": 1, "coverage": 1, "least": 1, "clear": 1}

pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="no studio environment; make foregrounds makes it")


@pytest.mark.slow
def test_kinds_render_the_same_twice(tmp_path: Path) -> None:
    kinds = dict.fromkeys(("human", "solids", "glass"), 1.0)
    found = []
    for name in ("first", "second"):
        out = tmp_path / name
        result = make_foregrounds(Settings(out, PYTHON, 3, shares=kinds, size=64, samples=ONE))
        assert result.failed == {}
        assert set(result.made) == set(kinds)
        found.append(Table(out / "manifest", SCHEMA).rows)
    for first, second in zip(found[0].values(), found[1].values(), strict=True):
        assert first["sha256"] == second["sha256"]
        pixels = np.array(Image.open(tmp_path / "first" / first["file"]))
        assert pixels.shape == (64, 64, 4)
        assert 0.004 < pixels[..., 3].mean() / 255 < 1
