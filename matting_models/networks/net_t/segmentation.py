"""Segmentations that Net-T starts from, made from alpha mattes, and the trimaps it is to give.

Section 4.1: a trimap's foreground and unknown region, eroded, dilated and blurred at random in training; eroded by a
fixed number of pixels and blurred in tests. Pixels are those of ``PAPER_SIDE``, as diameters of ellipses, and
scale with the side of what the network sees.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.trimaps import BACKGROUND, from_alpha
from matting_models.networks.net_t.config import PAPER_SIDE

Mask = NDArray[np.uint8]

LARGEST_BAND = 29
"""Of the random trimap, on each side."""
TARGET_BAND = 15
LARGEST_CHANGE = 59
"""Of the random erosion and of the random dilation."""
TEST_EROSION = 20
SIGMAS = (3.5, 5.0, 6.5)
"""Of the blur: Background Matting's kernels of 21, 31 and 41 pixels."""
TEST_SIGMA = 5.0
ATTEMPTS = 8
"""Draws of a segmentation that is not empty."""


def in_pixels(pixels: float, side: int) -> int:
    """A number of pixels meant at 512, for a network that sees ``side``; at least 1."""
    return max(1, round(pixels * side / PAPER_SIDE))


def true_trimap(alpha: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """What Net-T learns: certain foreground and background, each eroded by 15 pixels.

    Args:
        alpha: (H, W) uint8.
        side: of what the network sees.

    Returns:
        (H, W) uint8 classes: 0 background, 1 unknown, 2 foreground.
    """
    band = in_pixels(TARGET_BAND, side)
    return from_alpha(alpha, band, band)


def random_segmentation(alpha: NDArray[np.uint8], side: int, rng: np.random.Generator) -> Mask | None:
    """A soft segmentation of an object, at random.

    Args:
        alpha: (H, W) uint8.
        side: of what the network sees.
        rng: everything random comes from it.

    Returns:
        (H, W) uint8, 255 for foreground; None where nothing is left of it, several times over.
    """
    for _ in range(ATTEMPTS):
        foreground, background = (in_pixels(x, side) for x in rng.integers(1, LARGEST_BAND + 1, 2))
        mask = _possible(from_alpha(alpha, foreground, background))
        erosion, dilation = (in_pixels(x, side) for x in rng.integers(1, LARGEST_CHANGE + 1, 2))
        mask = _eroded(mask, erosion)
        if mask.any():
            return random_blur(np.asarray(cv2.dilate(mask, _ellipse(dilation)), np.uint8), side, rng)
    return None


def random_blur(mask: Mask, side: int, rng: np.random.Generator) -> Mask:
    """A mask of 0 and 1 as a soft segmentation, as in training: (H, W) uint8, 255 for foreground."""
    return _blurred(mask * np.uint8(255), side, float(rng.choice(SIGMAS)))


def eroded_segmentation(classes: NDArray[np.uint8], side: int, erosion: int = TEST_EROSION) -> Mask | None:
    """The soft segmentation that the paper tests with.

    Args:
        classes: (H, W) uint8, the true trimap.
        side: of what the network sees.
        erosion: in pixels at 512; the paper has 20, and 30, 40 and 50 in its table 5.

    Returns:
        (H, W) uint8, 255 for foreground; None where nothing is left of it.
    """
    mask = _eroded(_possible(classes), in_pixels(erosion, side))
    return fixed_blur(mask * np.uint8(255), side) if mask.any() else None


def fixed_blur(levels: Mask, side: int) -> Mask:
    """A mask, (H, W) uint8 with 255 for foreground, as a soft segmentation, as in tests and prediction."""
    return _blurred(levels, side, TEST_SIGMA)


def _possible(classes: NDArray[np.uint8]) -> Mask:
    return np.asarray(classes != BACKGROUND, np.uint8)


def _eroded(mask: Mask, size: int) -> Mask:
    """The picture's border itself erodes nothing."""
    return np.asarray(cv2.erode(mask, _ellipse(size)), np.uint8)


def _ellipse(size: int) -> Mask:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _blurred(levels: Mask, side: int, sigma: float) -> Mask:
    scaled = sigma * side / PAPER_SIDE
    return np.asarray(cv2.GaussianBlur(levels, (0, 0), scaled, borderType=cv2.BORDER_REPLICATE), np.uint8)
