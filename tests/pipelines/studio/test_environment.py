import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import UserError
from pipelines.studio.environment import Environment, probed
from tests.pipelines.studio.conftest import MakeStudio

ROOT = Path(__file__).parents[3]


def test_what_is_found(fake_python: MakeStudio) -> None:
    python = fake_python()
    assert probed(python) == Environment(python, "4.5.15", "0.6.2")


def test_sources_name_licences() -> None:
    environment = Environment(Path("python"), "4.5.15", "0.6.2")
    assert environment.sources("city", needs_body=False) == ["panorama 'city' of Poly Haven (CC0-1.0), from bpy 4.5.15"]
    assert environment.sources("city", needs_body=True)[0].startswith(
        "MakeHuman's mesh, targets and skeleton (CC0-1.0)"
    )


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        ('["3.12.1", "4.5.15", ""]', "is Python 3.12.1, expected 3.11, the only one that Blender 4.5's module is for"),
        ('["3.11.7", "", ""]', "has no bpy, Blender's module; make foregrounds installs it"),
        ("nonsense", "cannot run Blender"),
    ],
)
def test_unusable_environments(fake_python: MakeStudio, probe: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        probed(fake_python(probe=probe))


def test_no_such_python(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="python: cannot run Blender .*; make foregrounds sets it up"):
        probed(tmp_path / "python")


def test_make_says_what_to_install(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    command = ["make", "--no-print-directory", f"STUDIO={studio}", "STUDIO_PYTHON=no-such-python", f"{studio}/.ready"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith(
        "error: the studio needs Python 3.11, which Blender 4.5 is for, and no-such-python is"
    )
    assert "install python3.11 with its venv module, or name one with STUDIO_PYTHON=" in done.stderr
    assert not studio.exists()


@pytest.mark.skipif(sys.version_info[:2] == (3, 11), reason="this Python is 3.11")
def test_make_refuses_another_python(tmp_path: Path) -> None:
    studio = tmp_path / "studio"
    command = ["make", f"STUDIO={studio}", f"STUDIO_PYTHON={sys.executable}", f"{studio}/.ready"]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 2
