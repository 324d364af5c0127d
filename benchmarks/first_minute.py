"""One tiny picture: what the job takes besides labelling it: ``python -m benchmarks.first_minute``.

The command runs in fresh processes, with a Prefect's home of its own: one that is new on a machine that has never run
it, one that is new, one that was used before, and with a server that PREFECT_API_URL names.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

import cv2
import numpy as np
from prefect.settings import PREFECT_HOME, temporary_settings

from flows.server.embedded_server import free_port
from flows.server.local_server import local_server

REPEATS = 3
SIDE = 96


def tiny(folder: Path) -> list[str]:
    """A data set of one picture with one person; gives the command that labels it."""
    pixels = np.random.default_rng(0).integers(0, 60, (SIDE, SIDE, 3), np.uint8)
    pixels[16:64, 20:68] += 150
    (folder / "images").mkdir()
    cv2.imwrite(str(folder / "images" / "a.png"), pixels)
    outline = [20, 16, 68, 16, 68, 64, 20, 64]
    person = {"id": 1, "image_id": 1, "category_id": 1, "iscrowd": 0, "segmentation": [outline]}
    picture = {"id": 1, "file_name": "a.png", "width": SIDE, "height": SIDE}
    content = {"images": [picture], "annotations": [person], "categories": [{"id": 1, "name": "person"}]}
    (folder / "a.json").write_text(json.dumps(content))
    words = [sys.executable, "-m", "flows.coco_matting", "--annotations", str(folder / "a.json")]
    return [*words, "--images", str(folder / "images")]


def measure(command: list[str], out: Path, environment: dict[str, str]) -> tuple[float, float]:
    """Seconds to the first line, and in all."""
    started = time.perf_counter()
    with subprocess.Popen(
        [*command, "--out", str(out)], env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as run:
        stream = run.stdout
        assert stream is not None
        first = _first_line(stream, started)
        stream.read()
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {run.returncode}")
    return first, time.perf_counter() - started


def _first_line(stream: IO[bytes], started: float) -> float:
    stream.readline()
    return time.perf_counter() - started


def main() -> None:
    """Print a line for each kind of start: the fastest of several runs."""
    print(f"{'one picture of ' + str(SIDE) + ' px':44}{'first line, s':>15}{'all, s':>9}")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        command = tiny(folder)
        plain = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}

        def show(name: str, environments: list[dict[str, str]]) -> None:
            runs = [measure(command, folder / f"out-{name}-{n}", e) for n, e in enumerate(environments)]
            print(f"{name:44}{min(first for first, _ in runs):15.2f}{min(total for _, total in runs):9.2f}")

        def home(name: str, user: str = "user") -> dict[str, str]:
            return {**plain, "PREFECT_HOME": str(folder / name), "HOME": str(folder / user)}

        show("never run before", [home(f"never-{n}", f"user-{n}") for n in range(REPEATS)])
        show("a new Prefect's home", [home(f"new-{n}") for n in range(REPEATS + 1)])
        show("a home that was used before", [home("new-0")] * REPEATS)
        with temporary_settings({PREFECT_HOME: folder / "named"}), local_server(free_port()) as url:
            show("a server that PREFECT_API_URL names", [{**home("named"), "PREFECT_API_URL": url}] * REPEATS)


if __name__ == "__main__":
    main()
