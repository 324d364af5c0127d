"""Box prompts from alpha mattes."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError

JITTER = 0.1
"""Every side moves by up to this share of the box's width or height in training (SEMat paper's code)."""


def box_of(alpha: NDArray[np.uint8]) -> tuple[int, int, int, int]:
    """Extent of alpha > 0 as edges x0, y0, x1, y1 (x1 and y1 exclusive).

    Raises:
        ValueError: alpha is 0 everywhere.
    """
    columns, rows = np.flatnonzero(alpha.any(axis=0)), np.flatnonzero(alpha.any(axis=1))
    if not len(columns):
        raise ValueError("alpha is 0 everywhere: there is no box")
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def box_in_photo(box: Sequence[float], height: int, width: int) -> tuple[float, float, float, float]:
    """A box that a person gave, cut at the photo's border.

    Args:
        box: x0, y0, x1, y1 in pixels of the photo; edges, x1 and y1 exclusive.
        height, width: of the photo.

    Raises:
        InputError: not four finite numbers, or empty, or outside the photo.
    """
    try:
        numbers = [float(x) for x in box]
    except (TypeError, ValueError):
        raise InputError(f"box is {box!r}, expected four finite numbers x0, y0, x1, y1") from None
    shown = ", ".join(f"{x:g}" for x in numbers)
    if len(numbers) != 4 or not all(map(math.isfinite, numbers)):
        raise InputError(f"box is ({shown}), expected four finite numbers x0, y0, x1, y1")
    x0, y0, x1, y1 = numbers
    if x1 <= x0 or y1 <= y0:
        raise InputError(f"box ({shown}) is empty, expected x0 < x1 and y0 < y1")
    if x1 <= 0 or y1 <= 0 or x0 >= width or y0 >= height:
        raise InputError(f"box ({shown}) lies outside the image of {width} x {height} pixels")
    return max(x0, 0), max(y0, 0), min(x1, width), min(y1, height)


def jitter(
    box: tuple[int, int, int, int], height: int, width: int, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """Move every side by up to 10% of the box, kept inside the picture and at least one pixel apart."""
    x0, y0, x1, y1 = box
    across, down = math.ceil(JITTER * (x1 - x0)), math.ceil(JITTER * (y1 - y0))
    dx0, dx1 = rng.integers(-across, across + 1, 2)
    dy0, dy1 = rng.integers(-down, down + 1, 2)
    left, right = _apart(x0 + int(dx0), x1 + int(dx1), width)
    top, bottom = _apart(y0 + int(dy0), y1 + int(dy1), height)
    return left, top, right, bottom


def _apart(low: int, high: int, size: int) -> tuple[int, int]:
    low = min(max(low, 0), size - 1)
    return low, min(max(high, low + 1), size)
