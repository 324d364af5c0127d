"""Sum of absolute differences."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import Pair, make_pair


def sad(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> float:
    """SAD of a matte: ``sum |prediction - truth| / 1000`` (Rhemann et al., CVPR 2009, section 4).

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count, such as ``unknown_region(trimap)``; None for the whole image.

    Returns:
        At least 0; 0 for an empty region.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    return sad_of(make_pair(prediction, truth, region))


def sad_of(pair: Pair) -> float:
    """SAD of a checked pair."""
    return pair.norm(cv2.NORM_L1) / 1000
