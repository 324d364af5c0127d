"""Errors as a picture."""

import numpy as np
from numpy.typing import NDArray

OUTSIDE = 48
"""Grey of pixels that do not count."""


def error_map(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Red where a prediction is too opaque, blue where it is too transparent, black where it is right.

    Brightness is the square root of the error, so that small errors of hair are seen beside large ones.

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count; the others are dark grey. None for all.

    Returns:
        (H, W, 3) uint8, RGB.
    """
    difference = np.asarray(prediction, np.float64) - truth
    shade = np.rint(255 * np.sqrt(np.abs(difference))).astype(np.uint8)
    picture = np.zeros((*difference.shape, 3), np.uint8)
    picture[:, :, 0] = np.where(difference > 0, shade, 0)
    picture[:, :, 2] = np.where(difference < 0, shade, 0)
    # Pure blue is hard to see on black.
    picture[:, :, 1] = np.where(difference < 0, shade // 2, shade // 6)
    if region is not None:
        picture[~region] = OUTSIDE
    return picture
