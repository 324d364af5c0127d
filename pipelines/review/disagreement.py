"""How far two runs' mattes of one mask differ: where they do, at least one of them is wrong."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray


def disagreement(a: NDArray[np.uint8], b: NDArray[np.uint8], mask_area: float) -> float:
    """Mean width of the difference, in pixels as of ``doubt``: sum of |a - b| over the square root of the mask's area.

    Args:
        a, b: (H, W) uint8, alpha of 0 to 255.
        mask_area: pixels.

    Returns:
        0 or more; 0 where they are equal.

    Raises:
        ValueError: they are not of one size.

    >>> disagreement(np.full((2, 8), 255, np.uint8), np.full((2, 8), 51, np.uint8), 16.0)
    3.2
    """
    if a.shape != b.shape:
        raise ValueError(f"{a.shape[1]} x {a.shape[0]} px and {b.shape[1]} x {b.shape[0]} px")
    return cv2.norm(a, b, cv2.NORM_L1) / 255 / math.sqrt(max(mask_area, 1))
