"""Train a small IconMatting on embedded views, on a tiny random backbone, and matte views of a person it never saw:

    python -m benchmarks.icon [--out runs/icon-tiny]

No weights and no GPU; some ten minutes on two cores. Ends with an error unless the mattes beat copying the
reference's mask and an alpha of zero. A random backbone says little of what released weights reach.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics import sad
from matting_models.networks.icon.model import IconMatting
from matting_models.networks.icon.score import object_score
from matting_models.networks.icon.tiny import save_tiny
from matting_models.pictures import read_grey, read_photo
from pipelines.sample.views import build_views

SEEN, UNSEEN = range(1, 9), 0
"""Seeds of the views that are trained on, and of those that are matted."""
SETTINGS = {
    "side": 192,
    "width": 0.25,
    "ensemble": 1,
    "iterations": 400,
    "batch-size": 4,
    "learning-rate": 1e-3,
    "warmup": 50,
    "validate-every": 100,
    "checkpoint-every": 100,
    "validation-fraction": 0.1,
    "log-every": 10,
    "device": "cpu",
    "workers": 1,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One view.

    Attributes:
        name: of the picture.
        present: whether it shows the person.
        score: how surely it was found.
        sad: of the matte, of the reference's mask copied, and of nothing, in thousands of pixels.
    """

    name: str
    present: bool
    score: float
    sad: tuple[float, float, float]


def write_training(root: Path) -> Path:
    """Views of several people as one source; a view's references are those of the same person."""
    for folder in ("images", "alphas"):
        (root / folder).mkdir(parents=True)
    classes = {}
    for seed in SEEN:
        paths = build_views(root / "views" / str(seed), seed)
        pairs = [(path, paths.truth / f"{path.stem}.png") for path in sorted(paths.targets.glob("*.jpg"))]
        for photo, alpha in [(paths.reference, paths.mask), *pairs]:
            if read_grey(alpha).any():
                name = f"{seed}_{photo.stem}"
                shutil.copy(photo, root / "images" / f"{name}.jpg")
                shutil.copy(alpha, root / "alphas" / f"{name}.png")
                classes[name] = {"class": seed}
    (root / "classes.json").write_text(json.dumps(classes))
    source = '[[train]]\nkind = "in-context"\nimages = "images"\nalphas = "alphas"\nclasses = "classes.json"\n'
    (root / "recipe.toml").write_text(source)
    return root / "recipe.toml"


def train(out: Path, recipe: Path, backbone: Path) -> None:
    """Run the command line as a user would."""
    words = [sys.executable, "-m", "matting_models.train", "icon", "--out", out, "--data", recipe]
    for name, value in (SETTINGS | {"backbone": backbone}).items():
        words += [f"--{name}", value]
    # One core for the network, the other for the loader.
    subprocess.run(list(map(str, words)), check=True, env={**os.environ, "OMP_NUM_THREADS": "1"})


def judge(weights: Path, root: Path) -> list[Line]:
    """Matte the views of the person that was not trained on."""
    paths = build_views(root / "views" / str(UNSEEN), UNSEEN)
    model = IconMatting.from_pretrained(weights, device="cpu")
    mask = read_grey(paths.mask)
    tokens = model.tokens(model.reference_features(read_photo(paths.reference)), mask)
    lines = []
    for path in sorted(paths.targets.glob("*.jpg")):
        photo, truth = read_photo(path), read_grey(paths.truth / f"{path.stem}.png").astype(np.float32) / 255
        found = model.predict(photo, tokens)
        copied = cv2.resize(mask, truth.shape[::-1], interpolation=cv2.INTER_NEAREST).astype(np.float32) / 255
        score = object_score(found.alpha, found.similarity)
        lines.append(Line(path.stem, bool(truth.any()), score, _sads(truth, found.alpha, copied)))
    return lines


def _sads(
    truth: NDArray[np.float32], alpha: NDArray[np.float32], copied: NDArray[np.float32]
) -> tuple[float, float, float]:
    one, two, three = (sad(each, truth) for each in (alpha, copied, np.zeros_like(truth)))
    return one, two, three


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--out", type=Path, default=Path("runs/icon-tiny"), help="new folder for data, backbone and weights"
    )
    parser.add_argument("--trained", action="store_true", help="judge what an earlier call trained")
    given = parser.parse_args(arguments)
    data, backbone, weights = given.out / "data", given.out / "backbone", given.out / "weights"
    if not given.trained and given.out.exists() and any(given.out.iterdir()):
        parser.error(f"--out {given.out} is not empty; give another, or --trained to judge what was trained in it")
    if not given.trained:
        train(weights, write_training(data), save_tiny(backbone))
    lines = judge(weights, data)
    print(f"{'view':24} {'score':>6} {'SAD':>8} {'copied':>8} {'nothing':>8}")
    for line in lines:
        print(f"{line.name:24} {line.score:6.3f} {line.sad[0]:8.2f} {line.sad[1]:8.2f} {line.sad[2]:8.2f}")
    means = np.mean([line.sad for line in lines if line.present], axis=0)
    print(f"{'mean where present':24} {'':6} {means[0]:8.2f} {means[1]:8.2f} {means[2]:8.2f}")
    return 0 if means[0] < min(means[1:]) else 1


if __name__ == "__main__":
    sys.exit(main())
