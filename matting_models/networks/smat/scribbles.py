"""Scribbles: a smooth line through an object, as a user draws one."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.networks.smat.marks import Mark

CONTROLS = (3, 4)
"""Fewest and most control points."""
SAMPLES = 100
"""Of a segment of the line."""
CANDIDATES = 5
"""Lines, of which the one that covers most is taken."""
REJECTED = 20
"""So many lines in a row that leave the object, and the next one may."""
REACH = 10
"""Pixels to either side that a line covers, at the paper's training side."""
THICK = 5
"""Pixels across, at the paper's training side."""
ROUNDING = 1e-9
"""What should be whole must not be cut to the pixel before."""

_BASIS = np.array([[-1, 3, -3, 1], [3, -6, 0, 4], [-3, 3, 3, 1], [1, 0, 0, 0]], np.float64) / 6
"""Of the uniform cubic B-spline: rows are control points, columns powers of the parameter from 3 down to 0."""


def spline(controls: NDArray[np.int64]) -> NDArray[np.int64]:
    """A uniform cubic B-spline, the first and the last control point repeated.

    Args:
        controls: (N, 2).

    Returns:
        (N SAMPLES, 2), cut to whole pixels.
    """
    count = len(controls)
    around = np.clip(np.arange(count)[:, None] + np.arange(-1, 3), 0, count - 1)
    parameter = np.arange(SAMPLES) / SAMPLES
    powers = np.stack([parameter**power for power in (3, 2, 1, 0)])
    weights = _BASIS @ powers
    line: NDArray[np.float64] = np.einsum("ncx,cs->nsx", controls[around].astype(np.float64), weights)
    return np.floor(line.reshape(-1, 2) + ROUNDING).astype(np.int64)


def scribble(mask: NDArray[np.bool_], thick: int, reach: int, rng: np.random.Generator) -> Mark:
    """The line through control points within a mask that covers most of it, of several that stay within it.

    Args:
        mask: (H, W), with a pixel set.
        thick: of the line, in pixels.
        reach: to either side that a line covers, in pixels.
        rng: everything random comes from it.
    """
    places = np.argwhere(mask)
    count = int(rng.integers(CONTROLS[0], CONTROLS[1] + 1))
    lines = (_line(mask, places, count, rng) for _ in range(CANDIDATES))
    best = max((_drawn(line, mask.shape) for line in lines), key=lambda drawn: _covered(mask, drawn, reach))
    return _grown(best, thick)


def _line(
    mask: NDArray[np.bool_], places: NDArray[np.int64], count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    for _ in range(REJECTED):
        line = spline(places[rng.integers(len(places), size=count)])
        if mask[line[:, 0], line[:, 1]].all():
            return line
    return spline(places[rng.integers(len(places), size=count)])


def _drawn(line: NDArray[np.int64], shape: tuple[int, ...]) -> Mark:
    drawn = np.zeros(shape, np.uint8)
    drawn[line[:, 0], line[:, 1]] = 1
    return drawn


def _covered(mask: NDArray[np.bool_], drawn: Mark, reach: int) -> int:
    return int((mask & (_grown(drawn, 2 * reach) > 0)).sum())


def _grown(drawn: Mark, side: int) -> Mark:
    return cv2.dilate(drawn, np.ones((side, side), np.uint8)).astype(np.uint8, copy=False)
