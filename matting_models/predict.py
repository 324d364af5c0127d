"""Predict alpha mattes: ``python -m matting_models.predict NAME --help``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError, os_problem
from matting_models.networks.prediction import Prediction
from matting_models.networks.registry import NETWORKS, listing, load
from matting_models.pictures import PictureProblem, read_photo
from matting_models.weights import DEVICES, PRECISIONS
from pipelines.storage.files import write_whole

_PROGRAM = "python -m matting_models.predict"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, or 2 for a user's mistake."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    chosen = argparse.ArgumentParser(
        prog=_PROGRAM,
        description=f"Predict alpha mattes. Networks:\n{listing()}Arguments of one: {_PROGRAM} NAME --help",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    chosen.add_argument("network", choices=NETWORKS, metavar="NAME", help="of a network")
    name = chosen.parse_args(words[:1]).network
    try:
        network: Prediction = load(NETWORKS[name].prediction)()
        _predict(network, _parser(name, network).parse_args(words[1:]))
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    return 0


def _parser(name: str, network: Prediction) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{_PROGRAM} {name}",
        description=NETWORKS[name].about,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--image", required=True, type=Path, help="photo")
    parser.add_argument("--out", required=True, type=Path, help="8-bit alpha PNG; several alphas add -0, -1, ...")
    network.add_arguments(parser)
    parser.add_argument("--device", default="auto", choices=DEVICES, help="auto takes the GPU when torch sees one")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help="of the network's arithmetic")
    return parser


def _predict(network: Prediction, given: argparse.Namespace) -> None:
    if given.out.suffix.lower() != ".png":
        raise InputError(f"--out {given.out} is no .png file, the only format an alpha is written in")
    if given.out.resolve() == given.image.resolve():
        raise InputError(f"--out {given.out} is the photo itself")
    try:
        image = read_photo(given.image)
    except PictureProblem as problem:
        raise InputError(str(problem)) from None
    alphas = network.open(given)(image)
    for index, alpha in enumerate(alphas):
        suffix = f"-{index}" if len(alphas) > 1 else ""
        print(_write(given.out.with_name(f"{given.out.stem}{suffix}{given.out.suffix}"), alpha))


def _write(path: Path, alpha: NDArray[np.float32]) -> Path:
    """Write an alpha in [0, 1] as 8-bit PNG, whole or not at all."""
    import cv2

    encoded = cv2.imencode(".png", np.rint(alpha * 255).astype(np.uint8))[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, encoded.tobytes())
    return path


if __name__ == "__main__":
    sys.exit(main())
