"""``--mask`` of the networks that start from one, on the command line of prediction."""

from argparse import ArgumentParser
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.pictures import PictureProblem, read_grey


def add_mask(parser: ArgumentParser) -> None:
    """The argument."""
    parser.add_argument("--mask", required=True, type=Path, help="grey picture of the photo's size, white inside")


def read_mask(path: Path, flag: str = "--mask") -> NDArray[np.uint8]:
    """(H, W) uint8 of 0 and 1.

    Args:
        path: of the picture.
        flag: that named it, for messages.

    Raises:
        InputError: it cannot be read, or is empty.
    """
    try:
        mask = (read_grey(path) > 127).view(np.uint8)
    except PictureProblem as problem:
        raise InputError(str(problem)) from problem
    if not mask.any():
        raise InputError(f"{flag} {path} is empty: no pixel is above 127")
    return mask
