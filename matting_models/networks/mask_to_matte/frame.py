"""Masks that stop just short of the photo's frame go on to it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

GAP = 0.015
"""Widest gap between mask and frame that is filled, as a share of the square root of the mask's area; and at least
``LEAST`` and at most ``MOST`` pixels. People who draw masks stop a few pixels before the frame, and objects whose mask
ends so near to it go on beyond it."""
LEAST, MOST = 2, 12
RUN = 3
"""The mask must run along the frame for so many gaps: the tip of a hair or a finger may well end beside it."""


def to_frame(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The mask with narrow gaps to the photo's frame filled.

    Args:
        mask: (H, W) uint8 of 0 and 1.

    Returns:
        (H, W) uint8 of 0 and 1, a new array.
    """
    gap = int(min(MOST, max(LEAST, round(GAP * math.sqrt(float(mask.sum()))))))
    filled = mask.copy()
    for turns in range(4):
        _fill_top(np.rot90(filled, turns), np.rot90(mask, turns), gap)
    return filled


def _fill_top(filled: NDArray[np.uint8], mask: NDArray[np.uint8], gap: int) -> None:
    """Fill the gaps to the upper side, in place."""
    strip = mask[: gap + 1]
    near = np.asarray(strip.any(axis=0), np.uint8)[None]
    long = cv2.morphologyEx(
        near, cv2.MORPH_OPEN, np.ones((1, RUN * gap | 1), np.uint8), borderType=cv2.BORDER_REPLICATE
    )
    first = np.where(long[0] > 0, strip.argmax(axis=0), 0)
    filled[: gap + 1] |= np.arange(len(strip))[:, None] < first
