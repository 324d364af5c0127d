"""Train a tiny SEMat from the embedded sample's manifest, on the CPU and without weights: ``make train-smoke``.

The real command line, loader, losses, checkpoints and validation, on a random backbone. Ends with an error unless

- the loss falls,
- validation SAD beats the filled box, the untrained network and an alpha of zero,
- a run resumed from a checkpoint ends with the same weights, bit for bit.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matting_models.networks.semat.tiny import save_tiny

ITERATIONS = 500
RESUME_AT = 400
SETTINGS = {
    "iterations": ITERATIONS,
    "batch-size": 4,
    "learning-rate": 5e-4,
    "lambda-trimap": 0.2,
    "warmup": 50,
    "validate-every": 100,
    "checkpoint-every": 100,
    "keep-checkpoints": 9,
    "log-every": 10,
    "validation-fraction": 0.25,
    "device": "cpu",
    "workers": 1,
}
"""A random backbone has nothing to keep, so it learns faster than the recipe for a pretrained one would let it."""
CHANNELS = ("8", "16", "32", "64")


def train(out: Path, *more: str, **paths: Path) -> None:
    """Run the command line as a user would."""
    words = [sys.executable, "-m", "matting_models.train", "semat", "--out", str(out), *more]
    for name, value in (SETTINGS | paths).items():
        words += [f"--{name}", str(value)]
    # One core for the network, the other for the loader: two threads on so small a network only wait for each other.
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    subprocess.run([*words, "--decoder-channels", *CHANNELS], check=True, env=environment)


def rows(out: Path, column: str) -> list[float]:
    """One column of metrics.jsonl."""
    lines = map(json.loads, (out / "metrics.jsonl").read_text(encoding="utf-8").splitlines())
    return [row[column] for row in lines if column in row]


def resume_copy(straight: Path, out: Path) -> None:
    """A run as it stood when its checkpoint at ``RESUME_AT`` had just been written."""
    shutil.rmtree(out, ignore_errors=True)
    (out / "checkpoints").mkdir(parents=True)
    checkpoint = f"step-{RESUME_AT:07d}"
    shutil.copytree(straight / "checkpoints" / checkpoint, out / "checkpoints" / checkpoint)
    for name in ("settings.json", "metrics.jsonl"):
        shutil.copy(straight / name, out / name)


def same_weights(straight: Path, resumed: Path) -> bool:
    last = Path("checkpoints") / f"step-{ITERATIONS:07d}" / "model.safetensors"
    return (straight / last).read_bytes() == (resumed / last).read_bytes()


def summarise(straight: Path, resumed: Path) -> dict[str, Any]:
    """Figures, and whether each expectation holds."""
    loss, sad = rows(straight, "loss"), rows(straight, "validation_sad")
    box, empty = (rows(straight, f"validation_{name}_sad")[0] for name in ("box", "empty"))
    part = max(1, len(loss) // 5)
    first, last = float(np.mean(loss[:part])), float(np.mean(loss[-part:]))
    best = min(sad[1:])
    return {
        "loss, first and last fifth": (f"{first:.3f} -> {last:.3f}", last < first),
        "validation SAD, trained against filled box": (f"{best:.3f} against {box:.3f}", best < box),
        "validation SAD, trained against untrained": (f"{best:.3f} against {sad[0]:.3f}", best < sad[0]),
        "validation SAD, trained against nothing": (f"{best:.3f} against {empty:.3f}", best < empty),
        f"resumed at {RESUME_AT}: same weights": (
            "yes" if same_weights(straight, resumed) else "no",
            same_weights(straight, resumed),
        ),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, resume, compare; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--images", type=Path, required=True)
    parser.add_argument("--out", type=Path, default=Path("runs/smoke"))
    given = parser.parse_args(arguments)
    started = time.perf_counter()
    shutil.rmtree(given.out, ignore_errors=True)
    backbone = save_tiny("sam", given.out / "backbone", image_size=128, width=64)
    paths = {"manifest": given.manifest, "images": given.images, "backbone": backbone}
    straight, resumed = given.out / "straight", given.out / "resumed"
    train(straight, **paths)
    resume_copy(straight, resumed)
    train(resumed, "--resume", **paths)
    results = summarise(straight, resumed)
    for name, (figures, holds) in results.items():
        print(f"{'ok  ' if holds else 'FAIL'} {name}: {figures}")
    print(f"{time.perf_counter() - started:.0f} s; pictures in {straight / 'pictures'}")
    return 0 if all(holds for _, holds in results.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
