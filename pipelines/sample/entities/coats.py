"""Fur, wool and plumage: thousands of strands over a painted body, in the colours that lie under their roots."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import Canvas
from pipelines.sample.shapes import Plane, Point

_FINE = 3
"""Side of a pixel in sub-pixels; strands are one or two of them wide."""
_SHIFT = 4  # cv2's fixed-point bits

Bone = tuple[Point, Point]
"""From where to where hair lies, along a part of the body, in units."""


@dataclass(frozen=True, slots=True)
class Hair:
    """How a coat lies.

    Attributes:
        length: of strands, in units.
        density: strands per pixel of the body.
        lift: how far strands at the outline stand off it, in lengths.
        mess: radians by which tufts turn from where the coat lies.
        tuft: pixels over which neighbouring strands turn alike.
        shade: scatter of brightness.
        curl: how far strands bend aside, in lengths.
    """

    length: float = 0.05
    density: float = 0.09
    lift: float = 0.7
    mess: float = 0.5
    tuft: float = 5.0
    shade: float = 0.16
    curl: float = 0.15


def coat(sheet: Sheet, bones: Sequence[Bone], hair: Hair) -> None:
    """Draw a coat over all that is painted so far; what has none, such as eyes, is painted after it.

    Args:
        sheet: changed in place.
        bones: hair lies along the one nearest to its root.
        hair: how.
    """
    inside = _window(sheet.canvas, 1.3 * hair.length * sheet.unit + 4)
    part = replace(sheet, canvas=inside)
    roots, colours = _roots(inside.rgba, hair, sheet.rng)
    if not len(roots):
        return
    tips, knees = _laid(part, roots, bones, hair)
    layer = _scribbled(inside.solid.shape, (roots, knees, tips), colours)
    inside.rgba *= 1 - layer[..., 3:]
    inside.rgba += layer


def _window(canvas: Canvas, margin: float) -> Canvas:
    """What is painted, and ``margin`` pixels around it; the same pixels, not a copy."""
    x, y, w, h = cv2.boundingRect((canvas.rgba[..., 3] > 0.6).astype(np.uint8))
    reach = int(np.ceil(margin))
    x0, y0 = max(x - reach, 0), max(y - reach, 0)
    rows, columns = slice(y0, y + h + reach), slice(x0, x + w + reach)
    return Canvas(canvas.x + x0, canvas.y + y0, canvas.rgba[rows, columns], canvas.solid[rows, columns])


def _roots(
    rgba: NDArray[np.float32], hair: Hair, rng: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(n, 2) float32 x and y of pixels that are painted, and (n, 3) float32 colours of strands from there."""
    rows, columns = np.nonzero(rgba[..., 3] > 0.6)
    pick = rng.permutation(len(rows))[: int(len(rows) * hair.density)]
    rows, columns = rows[pick], columns[pick]
    under = rgba[rows, columns]
    shade = rng.normal(1, hair.shade, (len(pick), 1)).clip(0.55, 1.5)
    colours = under[:, :3] / under[:, 3:] * shade
    roots = np.stack([columns, rows], axis=1) + rng.uniform(-0.5, 0.5, (len(pick), 2))
    return roots.astype(np.float32), np.clip(colours, 0, 1).astype(np.float32)


def _laid(
    sheet: Sheet, roots: NDArray[np.float32], bones: Sequence[Bone], hair: Hair
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Tips and knees, (n, 2) float32 each, in pixels of the canvas."""
    n, size, rng = len(roots), hair.length * sheet.unit, sheet.rng
    corner = np.array((sheet.canvas.x, sheet.canvas.y), np.float32)
    along = _lie(sheet, roots + corner, bones)
    depth, out = _outwards(sheet.canvas.rgba[..., 3], roots)
    rim = np.exp(-depth / max(size, 1))[:, None]
    way = along + hair.lift * (0.15 + rim) * out
    turn = hair.mess * _noise(sheet.canvas.solid.shape, hair.tuft, rng)[tuple(_cells(sheet, roots))]
    turn = turn + 0.12 * rng.standard_normal(n)
    c, s = np.cos(turn), np.sin(turn)
    way = np.stack([way[:, 0] * c - way[:, 1] * s, way[:, 0] * s + way[:, 1] * c], axis=1)
    way /= np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 1e-3)
    length = size * rng.uniform(0.5, 1.2, (n, 1))
    aside = np.stack([-way[:, 1], way[:, 0]], axis=1) * hair.curl * rng.standard_normal((n, 1))
    tips = roots + way * length
    knees = roots + (0.5 * way + aside) * length
    return tips.astype(np.float32), knees.astype(np.float32)


def _cells(sheet: Sheet, roots: NDArray[np.float32]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the pixels that roots lie in."""
    h, w = sheet.canvas.solid.shape
    return np.clip(roots[:, 1], 0, h - 1).astype(np.intp), np.clip(roots[:, 0], 0, w - 1).astype(np.intp)


def _lie(sheet: Sheet, points: NDArray[np.float32], bones: Sequence[Bone]) -> NDArray[np.float32]:
    """(n, 2) unit vectors along the bone nearest to each point."""
    ends = sheet.points(np.array(bones, np.float32).reshape(-1, 2)).reshape(-1, 2, 2)
    start, way = ends[:, 0], ends[:, 1] - ends[:, 0]
    length = np.maximum(np.linalg.norm(way, axis=1), 1e-3)
    away = points[:, None, :] - start[None]
    t = np.clip((away * way).sum(2) / length**2, 0, 1)
    gap = np.linalg.norm(away - t[..., None] * way, axis=2)
    return np.asarray((way / length[:, None])[gap.argmin(axis=1)], np.float32)


def _outwards(alpha: Plane, roots: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """How deep roots lie under the outline, in pixels, and (n, 2) unit vectors towards it."""
    depth = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    gy, gx = np.gradient(cv2.GaussianBlur(depth, (0, 0), 2.0))
    h, w = alpha.shape
    rows, columns = np.clip(roots[:, 1], 0, h - 1).astype(np.intp), np.clip(roots[:, 0], 0, w - 1).astype(np.intp)
    out = -np.stack([gx[rows, columns], gy[rows, columns]], axis=1)
    out /= np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-3)
    return np.asarray(depth[rows, columns], np.float32), out.astype(np.float32)


def _noise(shape: tuple[int, ...], scale: float, rng: np.random.Generator) -> Plane:
    """(h, w) float32 normal noise that changes over ``scale`` pixels."""
    h, w = shape
    coarse = rng.standard_normal((max(round(h / scale), 2), max(round(w / scale), 2))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC), np.float32)


def _scribbled(
    shape: tuple[int, ...], strands: tuple[NDArray[np.float32], ...], colours: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(h, w, 4) float32 premultiplied layer of strands from roots over knees to tips; the share of sub-pixels that
    they cover is alpha."""
    h, w = shape
    fine = np.zeros((h * _FINE, w * _FINE, 4), np.uint8)
    t = np.linspace(0, 1, 5, dtype=np.float32)[None, :, None]
    a, b, c = (points[:, None, :] for points in strands)
    lines = (1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c
    points = np.round(((lines + 0.5) * _FINE - 0.5) * 2**_SHIFT).astype(np.int32)
    for line, colour in zip(points, np.round(colours * 255).tolist(), strict=True):
        ink = (*colour, 255)
        cv2.polylines(fine, [line], False, ink, 1, cv2.LINE_8, _SHIFT)
        cv2.polylines(fine, [line[:3]], False, ink, 2, cv2.LINE_8, _SHIFT)
    small = cv2.resize(fine, (w, h), interpolation=cv2.INTER_AREA)
    return np.asarray(small.astype(np.float32) / np.float32(255), np.float32)
