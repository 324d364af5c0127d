"""Hair and fur: hundreds of curved strands thinner than a pixel, drawn at four times the resolution."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.layers import Canvas
from pipelines.sample.textures import Colour

FINE = 4
"""Side of a pixel in sub-pixels; a strand one sub-pixel wide covers a quarter of the pixels it crosses."""
_SHIFT = 4  # cv2's fixed-point bits
_STEPS = 14


@dataclass(frozen=True, slots=True)
class Strands:
    """Bundles of hair as quadratic Bezier curves.

    Attributes:
        roots, knees, tips: (n, 2) float32 control points in image pixels.
        colour: mean colour.
        width: pixels at the root, at least a sub-pixel.
        faint: least opacity of a strand; the rest vary up to 1.
    """

    roots: NDArray[np.float32]
    knees: NDArray[np.float32]
    tips: NDArray[np.float32]
    colour: Colour
    width: float = 0.3
    faint: float = 0.55


def draw(canvas: Canvas, strands: Strands, rng: np.random.Generator) -> None:
    """Draw strands over a canvas; they thin out towards the tip.

    Coverage counts sub-pixels, so that crossing strands and bundles add up to the right alpha.
    """
    curves = _curves(strands)
    if not len(curves):
        return
    low, high = curves.min((0, 1)) - 2, curves.max((0, 1)) + 2
    rows, columns = canvas.window((float(low[0]), float(low[1]), float(high[0]), float(high[1])), 0)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    h, w = rows.stop - rows.start, columns.stop - columns.start
    fine = np.zeros((h * FINE, w * FINE, 4), np.uint8)
    local = (curves - (canvas.x + columns.start, canvas.y + rows.start)) * FINE - 0.5
    points = np.round(local * 2**_SHIFT).astype(np.int32)
    _scribble(fine, points, strands, rng)
    rgba = fine.astype(np.float32) / np.float32(255)
    rgba[..., :3] *= rgba[..., 3:]
    rgba = np.asarray(cv2.resize(rgba, (w, h), interpolation=cv2.INTER_AREA), np.float32)
    alpha = rgba[..., 3:]
    canvas.rgba[rows, columns] = canvas.rgba[rows, columns] * (1 - alpha) + rgba
    canvas.solid[rows, columns] += alpha[..., 0] * (1 - canvas.solid[rows, columns])


def _curves(strands: Strands) -> NDArray[np.float32]:
    """(n, steps, 2) float32 points along the curves."""
    t = np.linspace(0, 1, _STEPS, dtype=np.float32)[None, :, None]
    a, b, c = (points[:, None, :] for points in (strands.roots, strands.knees, strands.tips))
    out: NDArray[np.float32] = ((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c).astype(np.float32)
    return out


def _scribble(fine: NDArray[np.uint8], points: NDArray[np.int32], strands: Strands, rng: np.random.Generator) -> None:
    """Draw curves onto (H, W, 4) uint8, straight RGBA; faint ones first, so that they do not thin out the others."""
    opacity = np.sort(rng.uniform(strands.faint, 1, len(points)))
    shade = rng.normal(1, 0.2, (len(points), 1)).clip(0.5, 1.7) * np.array(strands.colour)
    width = max(round(strands.width * FINE), 1)
    half = _STEPS // 2
    for curve, alpha, colour in zip(points, opacity, np.clip(shade * 255, 0, 255), strict=True):
        ink = (*colour.tolist(), float(alpha * 255))
        cv2.polylines(fine, [curve[half - 1 :]], False, ink, max(width // 2, 1), cv2.LINE_8, _SHIFT)
        cv2.polylines(fine, [curve[:half]], False, ink, width, cv2.LINE_8, _SHIFT)


def hair(
    roots: NDArray[np.float32], centre: tuple[float, float], length: float, colour: Colour, rng: np.random.Generator,
    *, lift: float = 1.0, weight: float = 0.5, wind: float = 0.0, spread: float = 0.35, width: float = 0.3,
) -> Strands:  # fmt: skip
    """Strands that leave a scalp outwards and bend with gravity and wind.

    Args:
        roots: (n, 2) float32 points on the scalp.
        centre: what outwards is away from.
        length: mean length in pixels.
        colour: mean colour.
        rng: consumed.
        lift: how far strands stand off the scalp, in lengths.
        weight: pull downwards, in lengths.
        wind: push to the right, in lengths.
        spread: scatter of tips, in lengths.
        width: pixels at the root.
    """
    n = len(roots)
    out = roots - np.array(centre, np.float32)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-3)
    away = lift * out + 0.3 * min(lift, 1.0) * rng.standard_normal((n, 2))
    size = length * rng.uniform(0.5, 1.15, (n, 1))
    force = np.array((wind, weight))
    knees = roots + away * size * 0.5
    tips = knees + (away * (0.5 - 0.4 * min(weight, 1)) + force + spread * rng.standard_normal((n, 2))) * size * 0.7
    return Strands(roots, knees.astype(np.float32), tips.astype(np.float32), colour, width)


def along(points: NDArray[np.float32], count: int, rng: np.random.Generator, scatter: float) -> NDArray[np.float32]:
    """(count, 2) float32 random points on a polyline of (n, 2) points, scattered by ``scatter`` pixels."""
    steps = np.diff(points, axis=0)
    ends = np.concatenate([[0], np.cumsum(np.linalg.norm(steps, axis=1))])
    at = rng.uniform(0, ends[-1], count)
    xy = np.stack([np.interp(at, ends, points[:, i]) for i in (0, 1)], axis=1)
    return (xy + scatter * rng.standard_normal((count, 2))).astype(np.float32)


def fur(
    points: NDArray[np.float32], centre: tuple[float, float], length: float, colour: Colour, rng: np.random.Generator,
    density: float = 8.0,
) -> Strands:  # fmt: skip
    """Short fur around a polyline of (n, 2) points, ``density`` hairs per pixel of it."""
    size = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    roots = along(points, min(int(size * density), 4000), rng, length * 0.3)
    return hair(roots, centre, length, colour, rng, weight=0.12, spread=0.45, width=0.28)
