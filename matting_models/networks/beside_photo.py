"""Prediction from a photo and a picture of its size that says what is meant: a mask or a trimap."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.prediction import Predict
from matting_models.pictures import size_text
from pipelines.labelling.matting import MattingFailed


def predicting_from(
    flag: str,
    path: Path,
    beside: NDArray[np.uint8],
    make: Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]],
) -> Predict:
    """What predicts one alpha from a photo and this picture.

    Args:
        flag, path: that named it and where it is, for messages.
        beside: (H, W) uint8.
        make: from photo and it to (H, W) float32 in [0, 1]; may raise MattingFailed.
    """

    def predict(image: NDArray[np.uint8]) -> list[NDArray[np.float32]]:
        if beside.shape != image.shape[:2]:
            raise InputError(f"{flag} {path} is {size_text(beside)}, the photo {size_text(image)}; expected the same")
        try:
            return [make(image, beside)]
        except MattingFailed as failed:
            raise InputError(str(failed)) from failed

    return predict
