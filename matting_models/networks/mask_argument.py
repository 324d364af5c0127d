"""``--mask`` of the networks that start from one, on the command line of prediction."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_grey, size_text
from pipelines.labelling.matting import MattingFailed


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


def predicting_from(
    path: Path,
    mask: NDArray[np.uint8],
    make: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]],
) -> Predict:
    """What predicts one alpha from a photo and this mask.

    Args:
        path: of the mask, for messages.
        mask: as ``read_mask`` gives it.
        make: from photo and mask to (H, W) float32 in [0, 1].
    """

    def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        if mask.shape != image.shape[:2]:
            raise InputError(f"--mask {path} is {size_text(mask)}, the photo {size_text(image)}; expected the same")
        try:
            return [make(image, mask)]
        except MattingFailed as failed:
            raise InputError(str(failed)) from failed

    return predict
