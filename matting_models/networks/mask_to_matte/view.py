"""How the network sees a whole crop, in prediction and in validation alike."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.networks.mask_to_matte.features import network_input

STRIDE = 32
"""Sides of what the network takes are multiples of it."""


def shrunk(image: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Averaged down so that no side is longer than ``side``; (H, W) or (H, W, C)."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    if scale >= 1:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def shrunk_mask(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """The same for a mask of 0 and 1, which stays one, and not empty."""
    share = shrunk(mask * np.uint8(255), side)
    if (small := share > 127).any():
        return small.view(np.uint8)
    return (share > 0).view(np.uint8)  # a line thinner than a pixel of the reduced size


def enlarged(
    photo: NDArray[np.uint8], mask: NDArray[np.uint8], times: int
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A small photo and its mask of 0 and 1, so many times as long and wide."""
    size = (mask.shape[1] * times, mask.shape[0] * times)
    large = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_CUBIC), np.uint8)
    share = cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_LINEAR)
    return large, np.asarray(share > 127, np.uint8)


def viewed(photo: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What the network is given.

    Args:
        photo: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1, not empty.

    Returns:
        (CHANNELS, H', W') float32, H' and W' the next multiples of ``STRIDE``; the edges repeated.
    """
    height, width = mask.shape
    return np.pad(network_input(photo, mask), ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE)), mode="edge")
