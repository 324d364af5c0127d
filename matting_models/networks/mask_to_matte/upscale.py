"""An alpha found at reduced size, brought to full size along the photo's edges.

The fast guided filter (He and Sun, "Fast Guided Filter", 2015): alpha is taken for a linear function of colour in
every small window; the function is fitted at reduced size and applied at full size. Full-size rows are made a strip at
a time, each from its own coordinates alone, so that memory is bounded and strips leave no seams.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

RADIUS = 2
"""Of the windows, in pixels of the reduced size."""
EPSILON = 1e-4
"""Regularises the fit; of colours in [0, 1]."""
STRIP = 256
"""Rows of the full size that are made at a time."""

Plane = NDArray[np.float32]


def upscaled(alpha: Plane, reduced: NDArray[np.uint8], image: NDArray[np.uint8], strip: int = STRIP) -> Plane:
    """Alpha at the photo's size.

    Args:
        alpha: (h, w) float32 in [0, 1].
        reduced: (h, w, 3) uint8 RGB, the photo at alpha's size.
        image: (H, W, 3) uint8 RGB, the photo.
        strip: rows made at a time; the result does not depend on it.

    Returns:
        (H, W) float32 in [0, 1].
    """
    coefficients = _fit(alpha, reduced.astype(np.float32) / np.float32(255))
    height, width = image.shape[:2]
    result = np.empty((height, width), np.float32)
    for top in range(0, height, strip):
        rows = np.arange(top, min(top + strip, height))
        a = [_rows(plane, rows, height, width) for plane in coefficients]
        colours = image[rows[0] : rows[-1] + 1].astype(np.float32) / np.float32(255)
        mixed = a[0] * colours[..., 0] + a[1] * colours[..., 1] + a[2] * colours[..., 2] + a[3]
        # A window of one alpha has that alpha, whatever rounding or a colour beyond the window's make of it.
        low, high = (_rows(plane, rows, height, width) for plane in _extremes(alpha))
        result[rows] = np.clip(mixed, low, high)
    return result


def _extremes(alpha: Plane) -> tuple[Plane, Plane]:
    square = np.ones((2 * RADIUS + 1, 2 * RADIUS + 1), np.uint8)
    return np.asarray(cv2.erode(alpha, square), np.float32), np.asarray(cv2.dilate(alpha, square), np.float32)


def _fit(alpha: Plane, colours: Plane) -> list[Plane]:
    """Slopes for red, green and blue, and the constant, averaged over the windows that hold a pixel."""
    r, g, b = (np.ascontiguousarray(colours[..., k]) for k in range(3))
    mr, mg, mb, ma = (_mean(x) for x in (r, g, b, alpha))
    xx, yy, zz = (_mean(x * x) - m * m + np.float32(EPSILON) for x, m in ((r, mr), (g, mg), (b, mb)))
    xy, xz, yz = _mean(r * g) - mr * mg, _mean(r * b) - mr * mb, _mean(g * b) - mg * mb
    cr, cg, cb = (_mean(x * alpha) - m * ma for x, m in ((r, mr), (g, mg), (b, mb)))
    adjugate = (yy * zz - yz * yz, xz * yz - xy * zz, xy * yz - xz * yy, xx * zz - xz * xz, xy * xz - xx * yz,
                xx * yy - xy * xy)  # fmt: skip
    determinant = xx * adjugate[0] + xy * adjugate[1] + xz * adjugate[2]
    determinant = np.maximum(determinant, np.float32(EPSILON**3))
    aa, ab, ac, bb, bc, cc = (x / determinant for x in adjugate)
    slopes = [aa * cr + ab * cg + ac * cb, ab * cr + bb * cg + bc * cb, ac * cr + bc * cg + cc * cb]
    constant = ma - slopes[0] * mr - slopes[1] * mg - slopes[2] * mb
    return [_mean(x) for x in (*slopes, constant)]


def _mean(plane: Plane) -> Plane:
    side = 2 * RADIUS + 1
    return np.asarray(cv2.blur(plane, (side, side), borderType=cv2.BORDER_REFLECT), np.float32)


def _rows(plane: Plane, rows: NDArray[np.int64], height: int, width: int) -> Plane:
    """Rows of a plane interpolated to ``height`` x ``width``, pixel centres aligned.

    Pixel by pixel alike however many rows there are, which OpenCV's resizing is not.
    """
    above, below, down = _between(rows, height, plane.shape[0])
    mixed = plane[above] * (1 - down[:, None]) + plane[below] * down[:, None]
    left, right, across = _between(np.arange(width), width, plane.shape[1])
    result = mixed[:, left] * (1 - across) + mixed[:, right] * across
    return result.astype(np.float32, copy=False)


def _between(places: NDArray[np.int64], size: int, reduced: int) -> tuple[NDArray[np.int64], NDArray[np.int64], Plane]:
    """The two pixels of the reduced size that each place lies between, and the share of the second."""
    exact = np.clip((places + 0.5) * (reduced / size) - 0.5, 0, reduced - 1)
    first = np.floor(exact).astype(np.int64)
    return first, np.minimum(first + 1, reduced - 1), (exact - first).astype(np.float32)
