"""Smooth outlines: curves through points, tubes along them, and closed shapes of any form."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.shapes import Form, Plane, Point, chain

_FINE = 3
"""Side of a pixel in sub-pixels, where closed shapes are filled."""
_SHIFT = 4  # cv2's fixed-point bits
_FILLED = np.float32(0.35)
"""Sub-pixels by which OpenCV fills beyond a shape: it takes each one that the shape's edge touches."""


def curve(points: Sequence[Point], steps: int = 6, closed: bool = False) -> NDArray[np.float32]:
    """(n, 2) float32 points of a smooth curve (Catmull-Rom) through ``points``, ``steps`` from each to the next."""
    p = np.asarray(points, np.float32)
    p = np.concatenate([p[-1:], p, p[:2]]) if closed else np.concatenate([p[:1], p, p[-1:]])
    t = np.linspace(0, 1, steps, endpoint=False, dtype=np.float32)[:, None]
    parts = [_between(p[i : i + 4], t) for i in range(len(p) - 3)]
    if not closed:
        parts.append(p[-1:])
    return np.concatenate(parts).astype(np.float32)


def _between(p: NDArray[np.float32], t: NDArray[np.float32]) -> NDArray[np.float32]:
    """Points from p[1] to p[2] of four control points."""
    a, b, c, d = p
    out = 2 * b + t * (c - a) + t**2 * (2 * a - 5 * b + 4 * c - d) + t**3 * (3 * b - a - 3 * c + d)
    return np.asarray(out / 2, np.float32)


def tube(points: Sequence[Point], radii: Sequence[float], steps: int = 4, k: float = 0.0) -> Form:
    """A limb along a smooth curve, its radius changing from point to point; ``k`` as of ``shapes.blend``."""
    line = curve(points, steps)
    at = np.linspace(0, len(radii) - 1, len(line))
    width = np.interp(at, np.arange(len(radii)), radii)
    return chain([(float(x), float(y)) for x, y in line], [float(r) for r in width], k)


def outline(points: Sequence[Point], steps: int = 6, grow: float = 0.0) -> Form:
    """A closed smooth shape through ``points``, grown by ``grow``, 0 or more. It is for regular grids alone."""
    ends = curve(points, steps, closed=True)

    def distance(x: Plane, y: Plane) -> Plane:
        h, w = x.shape
        dx, dy = float(x[0, 1] - x[0, 0]), float(y[1, 0] - y[0, 0])
        fine = np.zeros((h * _FINE, w * _FINE), np.uint8)
        index = np.stack([(ends[:, 0] - x[0, 0]) / dx, (ends[:, 1] - y[0, 0]) / dy], axis=1)
        corners = np.round(((index + 0.5) * _FINE - 0.5) * 2**_SHIFT).astype(np.int32)
        cv2.fillPoly(fine, [corners], 1, cv2.LINE_8, _SHIFT)
        # Each transform counts from the centres of the other side's nearest sub-pixels: half a sub-pixel too far.
        gap = _away(1 - fine) - _away(fine)
        gap = gap - np.where(gap > 0, np.float32(0.5), np.float32(-0.5)) + _FILLED
        mean = cv2.resize(gap, (w, h), interpolation=cv2.INTER_AREA)
        return np.asarray(mean * np.float32(abs(dx) / _FINE) - np.float32(grow), np.float32)

    low, high = ends.min(0) - grow, ends.max(0) + grow
    return Form(distance, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))


def _away(inside: NDArray[np.uint8]) -> Plane:
    """Distances to the nearest zero."""
    return np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, cv2.DIST_MASK_5), np.float32)
