"""``--trimap`` of the networks that start from one, on the command line of prediction."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.pictures import PictureProblem, read_grey


def add_trimap(parser: ArgumentParser) -> None:
    """The argument."""
    parser.add_argument(
        "--trimap", required=True, type=Path,
        help="grey picture of the photo's size: black background, white foreground, anything between unknown",
    )  # fmt: skip


def read_trimap(path: Path) -> NDArray[np.uint8]:
    """(H, W) uint8.

    Raises:
        InputError: it cannot be read, or one of its three kinds of pixels is not in it.
    """
    try:
        trimap = read_grey(path)
    except PictureProblem as problem:
        raise InputError(str(problem)) from problem
    for kind, value in (("foreground", 255), ("background", 0)):
        if not (trimap == value).any():
            raise InputError(f"--trimap {path} has no known {kind}, expected a pixel of {value}")
    if np.isin(trimap, (0, 255)).all():
        raise InputError(f"--trimap {path} has nothing unknown, expected a pixel between 0 and 255")
    return trimap
