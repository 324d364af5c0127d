"""A studio without Blender: a script in the place of its Python that draws discs."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.studio.settings import Settings

SCRIPT = """#!{python}
import json, os, sys, time
from pathlib import Path

if sys.argv[1] == "-c":
    print({probe!r})
    sys.exit()
import cv2
import numpy as np

for line in sys.stdin:
    order = json.loads(line)
    trouble = {trouble!r}.get(str(order["seed"]))
    time.sleep({seconds})
    if trouble == "die":
        sys.exit("out of memory")
    if trouble == "fail":
        print(json.dumps({{"failed": "ValueError: no such thing"}}), flush=True)
        continue
    if trouble == "late":
        os.kill(os.getpid(), 27)
    size, folder = order["size"], Path(order["folder"])
    y, x = np.mgrid[:size, :size]
    radius = 0 if trouble == "empty" else size // 3
    disc = np.clip(radius + 0.5 - np.hypot(y - size // 2, x - size // 2), 0, 1) if radius else np.zeros((size, size))
    colour = np.random.default_rng(order["seed"]).integers(0, 65536, 3)
    pixels = np.concatenate([np.broadcast_to(colour, (size, size, 3)), disc[..., None] * 65535], 2).astype(np.uint16)
    for name in ("colour.png", "coverage.png"):
        cv2.imwrite(str(folder / name), pixels)
    if trouble == "damaged":
        (folder / "coverage.png").write_bytes(b"PNG")
    made = {{"effects": [], "subject": {{"disc": radius}}, "camera": {{}}, "light": {{"surrounding": "city"}},
             "cpu_seconds": {{"build": 0.25, "render": 1.0}}}}
    print(json.dumps({{"made": made}}), flush=True)
"""

MakeStudio = Callable[..., Path]


@pytest.fixture
def fake_python(tmp_path: Path) -> MakeStudio:
    """Makes such a script; trouble is by seed."""

    def make(
        trouble: dict[int, str] | None = None,
        seconds: float = 0.0,
        probe: str = '["3.11.7", "4.5.15", "0.6.2"]',
        name: str = "python",
    ) -> Path:
        path = tmp_path / name
        named = {str(seed): what for seed, what in (trouble or {}).items()}
        path.write_text(SCRIPT.format(python=sys.executable, probe=probe, trouble=named, seconds=seconds))
        path.chmod(0o755)
        return path

    return make


def settings(out: Path, python: Path, count: int, **others: object) -> Settings:
    """Of a tiny set of solids and wires."""
    wanted = {"shares": {"solids": 1.0, "wires": 1.0}, "size": 24} | others
    return Settings(out, python, count, **wanted)  # type: ignore[arg-type]
