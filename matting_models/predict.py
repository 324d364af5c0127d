"""Predict alpha mattes: ``python -m matting_models.predict semat --help``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError, os_problem
from matting_models.weights import DEVICES, PRECISIONS, models_extra
from pipelines.files import write_whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line; returns the exit status: 0, or 2 for a user's mistake."""
    parser = argparse.ArgumentParser(prog="python -m matting_models.predict", description=__doc__)
    semat = parser.add_subparsers(dest="model", required=True).add_parser(
        "semat", help="the matte of what is in a box", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    semat.add_argument("--weights", required=True, help="folder that training wrote: its --out, or a checkpoint")
    semat.add_argument("--image", required=True, type=Path, help="photo")
    semat.add_argument(
        "--box", required=True, nargs=4, type=float, action="append", metavar=("X0", "Y0", "X1", "Y1"),
        help="pixels of the photo, X1 and Y1 exclusive; several --box encode the photo once",
    )  # fmt: skip
    semat.add_argument("--out", required=True, type=Path, help="8-bit alpha PNG; several boxes add -0, -1, ...")
    semat.add_argument("--backbone", help="where the Segment Anything model is now, if not where it was in training")
    semat.add_argument("--device", default="auto", choices=DEVICES, help="auto takes the GPU when torch sees one")
    semat.add_argument("--precision", default="auto", choices=PRECISIONS, help="of the network's arithmetic")
    try:
        _predict(parser.parse_args(arguments))
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except OSError as error:  # a full disk, a folder of another user
        print(f"error: {os_problem(error)}", file=sys.stderr)
        return 2
    return 0


def _predict(given: argparse.Namespace) -> None:
    with models_extra("prediction"):
        import torch

        from matting_models.semat import SEMat
    from matting_models.pictures import PictureProblem, read_photo

    if given.out.suffix.lower() != ".png":
        raise InputError(f"--out {given.out} is no .png file, the only format an alpha is written in")
    if given.out.resolve() == given.image.resolve():
        raise InputError(f"--out {given.out} is the photo itself")
    try:
        image = read_photo(given.image)
    except PictureProblem as problem:
        raise InputError(str(problem)) from None
    model = SEMat.from_pretrained(given.weights, given.backbone, given.device, given.precision)
    try:
        if len(given.box) == 1:
            alphas = [model.predict(image, given.box[0])]
        else:
            model.set_image(image)
            alphas = model.predict_boxes(given.box)
    except torch.OutOfMemoryError as error:
        raise InputError("out of GPU memory: use --precision bf16, or --device cpu") from error
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
