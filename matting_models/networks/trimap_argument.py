"""``--trimap`` of the networks that start from one, on the command line of prediction."""

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.pictures import PictureProblem, read_grey, size_text
from matting_models.weights import models_extra
from pipelines.labelling.matting import MattingFailed

with models_extra("prediction"):
    from matting_models.crop_network import Overflowed


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


def predicting_from(
    path: Path,
    trimap: NDArray[np.uint8],
    make: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]],
) -> Predict:
    """What predicts one alpha from a photo and this trimap.

    Args:
        path: of the trimap, for messages.
        trimap: as ``read_trimap`` gives it.
        make: from photo and trimap to (H, W) float32 in [0, 1].
    """

    def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        if trimap.shape != image.shape[:2]:
            raise InputError(f"--trimap {path} is {size_text(trimap)}, the photo {size_text(image)}; expected the same")
        try:
            return [make(image, trimap)]
        except (MattingFailed, Overflowed) as failed:
            raise InputError(str(failed)) from failed

    return predict
