"""Mean squared error."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import Pair, make_pair


def mse(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> float:
    """MSE of a matte: ``mean (prediction - truth)^2`` (Rhemann et al., CVPR 2009, section 4).

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count, such as ``unknown_region(trimap)``; None for the whole image.

    Returns:
        Within [0, 1]; NaN for an empty region, which has no mean.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    return mse_of(make_pair(prediction, truth, region))


def mse_of(pair: Pair) -> float:
    """MSE of a checked pair."""
    return pair.norm(cv2.NORM_L2SQR) / pair.pixels if pair.pixels else float("nan")
