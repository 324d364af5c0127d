"""Outlines as signed distances in pixels: negative inside, so that anti-aliasing and shading are arithmetic.

Points are (x, y) in image pixels; the centre of the top left pixel is (0.5, 0.5).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Plane = NDArray[np.float32]
"""(h, w) float32."""
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Form:
    """An outline.

    Attributes:
        distance: (h, w) float32 x and y of pixel centres to (h, w) float32 signed distances in pixels.
        box: x0, y0, x1, y1 that the outline does not leave.
    """

    distance: Callable[[Plane, Plane], Plane]
    box: tuple[float, float, float, float]


def capsule(a: Point, b: Point, ra: float, rb: float) -> Form:
    """A limb: the hull-like sweep of a disc from ``a`` (radius ``ra``) to ``b`` (radius ``rb``)."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length2 = max(dx * dx + dy * dy, 1e-6)

    def distance(x: Plane, y: Plane) -> Plane:
        px, py = x - np.float32(a[0]), y - np.float32(a[1])
        t = np.clip((px * np.float32(dx) + py * np.float32(dy)) / np.float32(length2), 0, 1)
        gap = np.sqrt((px - t * np.float32(dx)) ** 2 + (py - t * np.float32(dy)) ** 2)
        return np.asarray(gap - (np.float32(ra) + t * np.float32(rb - ra)), np.float32)

    r = max(ra, rb)
    return Form(distance, (min(a[0], b[0]) - r, min(a[1], b[1]) - r, max(a[0], b[0]) + r, max(a[1], b[1]) + r))


def chain(points: Sequence[Point], radii: Sequence[float], k: float = 0.0) -> Form:
    """Capsules from point to point, melted into each other over ``k`` pixels."""
    return blend([capsule(points[i], points[i + 1], radii[i], radii[i + 1]) for i in range(len(points) - 1)], k)


def ellipse(centre: Point, rx: float, ry: float, degrees: float = 0.0) -> Form:
    """An ellipse turned clockwise; the distance is first-order, exact at the outline."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))

    def distance(x: Plane, y: Plane) -> Plane:
        px, py = x - np.float32(centre[0]), y - np.float32(centre[1])
        u, v = (px * c + py * s) / np.float32(rx), (py * c - px * s) / np.float32(ry)
        k0 = np.sqrt(u * u + v * v)
        k1 = np.sqrt((u / np.float32(rx)) ** 2 + (v / np.float32(ry)) ** 2)
        out: Plane = k0 * (k0 - 1) / np.maximum(k1, np.float32(1e-6))
        return np.maximum(out, np.float32(-min(rx, ry)))

    r = max(rx, ry)
    return Form(distance, (centre[0] - r, centre[1] - r, centre[0] + r, centre[1] + r))


def polygon(points: Sequence[Point], rounding: float = 0.0) -> Form:
    """A polygon, grown by ``rounding`` pixels with round corners."""
    ends = np.asarray(points, np.float32)

    def distance(x: Plane, y: Plane) -> Plane:
        nearest = np.full(x.shape, np.inf, np.float32)
        inside = np.zeros(x.shape, bool)
        for (ax, ay), (bx, by) in zip(ends, np.roll(ends, -1, 0), strict=True):
            ex, ey, px, py = bx - ax, by - ay, x - ax, y - ay
            t = np.clip((px * ex + py * ey) / max(ex * ex + ey * ey, np.float32(1e-6)), 0, 1)
            nearest = np.minimum(nearest, (px - t * ex) ** 2 + (py - t * ey) ** 2)
            if ey:  # a horizontal edge crosses no horizontal ray
                inside ^= ((ay > y) != (by > y)) & (px < ex * py / ey)
        gap = np.sqrt(nearest)
        return np.where(inside, -gap, gap) - np.float32(rounding)

    low, high = ends.min(0) - rounding, ends.max(0) + rounding
    return Form(distance, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))


def blend(forms: Sequence[Form], k: float = 0.0) -> Form:
    """Union of forms; where two meet, the crease is filled over about ``k`` pixels."""

    def distance(x: Plane, y: Plane) -> Plane:
        out = forms[0].distance(x, y)
        for form in forms[1:]:
            other = form.distance(x, y)
            crease = np.maximum(k - np.abs(out - other), 0) if k else np.float32(0)
            out = np.minimum(out, other) - (crease * crease / (4 * k) if k else 0)
        return out.astype(np.float32)

    boxes = np.array([form.box for form in forms])
    low, high = boxes[:, :2].min(0) - k / 4, boxes[:, 2:].max(0) + k / 4
    return Form(distance, (float(low[0]), float(low[1]), float(high[0]), float(high[1])))


def minus(form: Form, hole: Form) -> Form:
    """``form`` without ``hole``."""
    return Form(lambda x, y: np.maximum(form.distance(x, y), -hole.distance(x, y)), form.box)


def both(form: Form, other: Form) -> Form:
    """What lies in both."""
    return Form(lambda x, y: np.maximum(form.distance(x, y), other.distance(x, y)), form.box)


def ring(form: Form, width: float) -> Form:
    """The outline itself, drawn inwards ``width`` pixels wide."""
    return Form(lambda x, y: np.abs(form.distance(x, y) + width / 2) - np.float32(width / 2), form.box)


def coverage(distance: Plane) -> Plane:
    """Share of each pixel that is inside, from signed distances; exact for straight, axis-parallel outlines."""
    return np.asarray(np.clip(np.float32(0.5) - distance, 0, 1), np.float32)
