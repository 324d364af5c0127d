"""Predict alpha mattes: ``python -m matting_models.predict NAME --help``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError, MissingError, os_problem
from matting_models.networks.prediction import Prediction
from matting_models.networks.registry import NETWORKS, listing, load
from matting_models.pictures import EXTENSIONS, PictureProblem, read_photo
from matting_models.walk import walk_pictures
from matting_models.weights import DEVICES, PRECISIONS
from pipelines.labelling.matting import MattingFailed
from pipelines.storage.files import write_whole

_PROGRAM = "python -m matting_models.predict"


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, 1 if a photo of a folder has no matte, or 2 for a user's mistake."""
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
        given = _parser(name, network).parse_args(words[1:])
        return _predict_folder(network, given) if _takes_folder(name) else _predict(network, given)
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2


def _takes_folder(name: str) -> bool:
    return NETWORKS[name].prompt == "reference"


def _parser(name: str, network: Prediction) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"{_PROGRAM} {name}",
        description=NETWORKS[name].about,
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    if _takes_folder(name):
        parser.add_argument("--images", required=True, type=Path, help="folder of photos, with its subfolders")
        parser.add_argument("--out", required=True, type=Path, help="folder for 8-bit alpha PNGs, named as the photos")
    else:
        parser.add_argument("--image", required=True, type=Path, help="photo")
        parser.add_argument("--out", required=True, type=Path, help="8-bit alpha PNG; several alphas add -0, -1, ...")
    network.add_arguments(parser)
    parser.add_argument("--device", default="auto", choices=DEVICES, help="auto takes the GPU when torch sees one")
    parser.add_argument("--precision", default="auto", choices=PRECISIONS, help="of the network's arithmetic")
    return parser


def _predict(network: Prediction, given: argparse.Namespace) -> int:
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
    return 0


def _predict_folder(network: Prediction, given: argparse.Namespace) -> int:
    """A photo that cannot be used is named, and the others are done."""
    if not given.images.is_dir():
        raise MissingError(f"--images {given.images} is not a folder, expected one of photos")
    if given.out.resolve().is_relative_to(given.images.resolve()):
        raise InputError(f"--out {given.out} is inside --images {given.images}; mattes would be photos of the next run")
    photos = walk_pictures(given.images)
    if not photos:
        raise InputError(f"--images {given.images} has no pictures, expected files ending in {', '.join(EXTENSIONS)}")
    predict, failed = network.open(given), 0
    for name, path in photos.items():
        try:
            (alpha,) = predict(read_photo(path))
        except PictureProblem as problem:
            print(f"error: {problem}", file=sys.stderr)
            failed += 1
        except MattingFailed as problem:
            print(f"error: {path}: {problem}", file=sys.stderr)
            failed += 1
        else:
            print(_write(given.out / f"{name}.png", alpha))
    return 1 if failed else 0


def _write(path: Path, alpha: NDArray[np.float32]) -> Path:
    """Write an alpha in [0, 1] as 8-bit PNG, whole or not at all."""
    import cv2

    encoded = cv2.imencode(".png", np.rint(alpha * 255).astype(np.uint8))[1]
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, encoded.tobytes())
    return path


if __name__ == "__main__":
    sys.exit(main())
