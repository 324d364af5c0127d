"""Prompts as masks: the shapes they have."""

import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Mark = NDArray[np.uint8]
"""(H, W) of 0 and 1."""

POINT_REACH = 20
"""Pixels from a point to the border of its square, at the paper's training side."""


def filled(box: tuple[float, float, float, float], size: tuple[int, int]) -> Mark:
    """A box x0, y0, x1, y1 as edges, filled: every pixel that it touches.

    Args:
        box: within the picture, not empty.
        size: of the mask, height and width.
    """
    mark = np.zeros(size, np.uint8)
    x0, y0, x1, y1 = box
    top, left = min(math.floor(y0), size[0] - 1), min(math.floor(x0), size[1] - 1)
    mark[top : math.ceil(y1), left : math.ceil(x1)] = 1
    return mark


def squares(centres: Iterable[tuple[int, int]], size: tuple[int, int], reach: int) -> Mark:
    """Squares of 2 reach + 1 pixels, cut at the border.

    Args:
        centres: row and column, within the picture.
        size: of the mask, height and width.
        reach: in pixels.
    """
    mark = np.zeros(size, np.uint8)
    for row, column in centres:
        mark[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1] = 1
    return mark
