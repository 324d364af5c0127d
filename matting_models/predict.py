"""Predict alpha mattes: ``python -m matting_models.predict semat --help``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from matting_models.errors import InputError, MissingError
from matting_models.weights import DEVICES, PRECISIONS, models_extra


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
        given = parser.parse_args(arguments)
        _predict(given)
    except (InputError, ModuleNotFoundError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _predict(given: argparse.Namespace) -> None:
    import cv2
    import numpy as np

    with models_extra("prediction"):
        from matting_models.semat import SEMat

    if not given.image.is_file():
        raise MissingError(f"image {given.image} does not exist")
    if given.out.suffix.lower() != ".png":
        raise InputError(f"--out {given.out} is no .png file, the only format an alpha is written in")
    pixels = cv2.imread(str(given.image), cv2.IMREAD_COLOR)
    if pixels is None:
        raise InputError(f"image {given.image} cannot be decoded, expected a JPEG, PNG, WebP, BMP or TIFF photo")
    image = np.ascontiguousarray(pixels[:, :, ::-1]).astype(np.uint8, copy=False)
    model = SEMat.from_pretrained(given.weights, given.backbone, given.device, given.precision)
    if len(given.box) == 1:
        alphas = [model.predict(image, given.box[0])]
    else:
        model.set_image(image)
        alphas = model.predict_boxes(given.box)
    for index, alpha in enumerate(alphas):
        suffix = f"-{index}" if len(alphas) > 1 else ""
        path = given.out.with_name(f"{given.out.stem}{suffix}{given.out.suffix}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if not cv2.imwrite(str(path), np.rint(alpha * 255).astype(np.uint8)):
            raise InputError(f"{path} could not be written")
        print(path)


if __name__ == "__main__":
    sys.exit(main())
