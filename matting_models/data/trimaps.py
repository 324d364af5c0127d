"""Trimaps as classes, and trimaps for data that has only alpha."""

import cv2
import numpy as np
from numpy.typing import NDArray

BACKGROUND, UNKNOWN, FOREGROUND = 0, 1, 2

REFERENCE_SIZE = 640
"""Pixels of the long side at which the ellipses below are meant."""
LARGEST_ELLIPSE = 29
EVALUATION_ELLIPSE = 15


def to_classes(trimap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A trimap of 0, 255 and anything between as classes: 0 background, 1 unknown, 2 foreground."""
    classes = np.full(trimap.shape, UNKNOWN, np.uint8)
    classes[trimap == 0] = BACKGROUND
    classes[trimap == 255] = FOREGROUND
    return classes


def from_alpha(alpha: NDArray[np.uint8], foreground_ellipse: int, background_ellipse: int) -> NDArray[np.uint8]:
    """Classes from an alpha matte: certain foreground and certain background, each eroded by an ellipse.

    What lies beyond the border is taken to continue: the border itself erodes nothing.

    Args:
        alpha: (H, W) uint8.
        foreground_ellipse, background_ellipse: sizes in pixels, at least 1.
    """
    foreground = _erode(alpha == 255, foreground_ellipse)
    background = _erode(alpha == 0, background_ellipse)
    classes = np.full(alpha.shape, UNKNOWN, np.uint8)
    classes[background] = BACKGROUND
    classes[foreground] = FOREGROUND
    return classes


def _erode(mask: NDArray[np.bool_], size: int) -> NDArray[np.bool_]:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    eroded: NDArray[np.bool_] = (
        cv2.erode(mask.astype(np.uint8), kernel, borderType=cv2.BORDER_CONSTANT, borderValue=1) > 0
    )
    return eroded


def random_ellipses(rng: np.random.Generator, size: int) -> tuple[int, int]:
    """Two sizes, independently of 1 to 29 pixels at 640, for pictures of ``size`` (facts of the authors' code)."""
    first, second = rng.integers(1, LARGEST_ELLIPSE + 1, 2)
    return scaled_ellipse(int(first), size), scaled_ellipse(int(second), size)


def scaled_ellipse(ellipse: int, size: int) -> int:
    """An ellipse meant at 640 pixels, for pictures of ``size``; at least 1."""
    return max(1, round(ellipse * size / REFERENCE_SIZE))
