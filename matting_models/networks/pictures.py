"""Rows of the sheets that validations write."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

CELL = 256


def sheet_row(pictures: Sequence[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """Pictures side by side, each fitted into a square with grey around it.

    Args:
        pictures: (H, W, 3), RGB, or (H, W); of any sizes.

    Returns:
        (CELL, len(pictures) CELL, 3) uint8.
    """
    return np.concatenate([_cell(picture) for picture in pictures], axis=1)


def _cell(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = picture.shape[:2]
    scale = CELL / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    cell = np.full((CELL, CELL, 3), 128, np.uint8)
    cell[: size[1], : size[0]] = small if small.ndim == 3 else small[:, :, None]
    return cell
