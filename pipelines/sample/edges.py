"""What makes edges hard: strands thinner than a pixel, as hair, fur and strings."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.layers import Canvas
from pipelines.sample.shapes import Point
from pipelines.sample.textures import Colour

Curves = NDArray[np.float32]
"""(n, k, 2) float32: n curves of k points x, y in image pixels."""
SHIFT = 4
"""Fractional bits of the coordinates handed to OpenCV."""


def draw_strands(
    canvas: Canvas,
    curves: Curves,
    width: float,
    colour: Colour,
    rng: np.random.Generator,
    *,
    opacity: tuple[float, float] = (0.4, 0.95),
    groups: int = 6,
) -> None:
    """Draw curves over a canvas, each anti-aliased; they come in groups of one tone and opacity each.

    Args:
        canvas: changed in place.
        curves: what to draw.
        width: in pixels, below one as well: thinner strands cover less of each pixel.
        colour: mean colour; tones vary around it.
        rng: source of tones and opacities.
        opacity: range of the groups' opacities.
        groups: number of groups, drawn one over the other.
    """
    if not len(curves):
        return
    low, high = curves.reshape(-1, 2).min(0), curves.reshape(-1, 2).max(0)
    rows, columns = canvas.window((float(low[0]), float(low[1]), float(high[0]), float(high[1])), width + 2)
    if rows.start >= rows.stop or columns.start >= columns.stop:
        return
    origin = np.array([columns.start + canvas.x, rows.start + canvas.y], np.float32)
    size = rows.stop - rows.start, columns.stop - columns.start
    under, solid = canvas.rgba[rows, columns], canvas.solid[rows, columns]
    for g in range(groups):
        # Drawn for empty groups as well, so that the numbers that follow do not depend on how many strands there are.
        tone = float(rng.uniform(0.65, 1.45))
        strength = np.float32(rng.uniform(*opacity))
        alpha = (coverage_of(curves[g::groups] - origin, size, width) * strength)[..., None]
        shade = np.clip(np.array(colour, np.float32) * np.float32(tone), 0, 1)
        under *= 1 - alpha
        under += np.concatenate([alpha * shade, alpha], axis=2)
        solid += alpha[..., 0] * (1 - solid)


def coverage_of(curves: Curves, size: tuple[int, int], width: float) -> NDArray[np.float32]:
    """(h, w) float32 in [0, 1]: share of each pixel that lies under a curve ``width`` pixels wide."""
    fine = 4 if size[0] * size[1] < 400_000 else 2
    mask = np.zeros((size[0] * fine, size[1] * fine), np.uint8)
    points = np.round((curves * fine - 0.5) * (1 << SHIFT)).astype(np.int32)
    thickness = max(round(width * fine), 1)
    cv2.polylines(mask, list(points), False, 255, thickness, cv2.LINE_AA, SHIFT)
    cover = cv2.resize(mask, (size[1], size[0]), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    # A line cannot be drawn thinner than one fine pixel; it can be drawn fainter.
    return np.asarray(cover * np.float32(min(width * fine / thickness, 1.0)), np.float32)


def falling(
    head: Point,
    unit: float,
    rng: np.random.Generator,
    *,
    count: int,
    length: float,
    spread: float,
    curl: float,
    wind: float = 0.0,
    fan: float = 105.0,
) -> Curves:
    """Hair that leaves the skull outwards, then falls.

    Args:
        head: centre of the head.
        unit: height of the head in pixels; ``length``, ``spread``, ``curl`` and ``wind`` count in heads.
        rng: source of the variation between strands.
        count: number of strands.
        length: how far the longest fall.
        spread: how far they stand off.
        curl: amplitude of the waves.
        wind: how far the tips are blown to the right.
        fan: roots lie up to so many degrees from the top of the head, on both sides.

    Returns:
        (count, 22, 2) float32 curves.
    """
    t = np.linspace(0, 1, 22)[None]
    angle = np.radians(rng.uniform(-fan, fan, (count, 1)))
    out_x, out_y = np.sin(angle), -np.cos(angle)
    depth = rng.uniform(0.75, 1.02, (count, 1))
    leave = rng.gamma(3.0, spread / 3.0, (count, 1)) * (1 - (1 - t) ** 2.2)
    fall = length * rng.uniform(0.45, 1.05, (count, 1)) * t**1.5
    wave = curl * rng.uniform(0.3, 1.3, (count, 1)) * t
    phase, pace = rng.uniform(0, 6.28, (count, 1)), rng.uniform(3, 9, (count, 1))
    gust = wind * rng.uniform(0.4, 1.2, (count, 1)) * t**1.7
    x = out_x * (0.37 * depth + leave) + gust + wave * np.sin(phase + pace * t)
    y = out_y * (0.47 * depth + leave) + fall + 0.5 * wave * np.cos(phase + pace * t)
    return np.stack([head[0] + unit * x, head[1] + unit * y], 2).astype(np.float32)


def fringe(path: NDArray[np.float64], length: float, rng: np.random.Generator, count: int, sag: float = 0.3) -> Curves:
    """Fur: short hairs that stand on both sides of a path.

    Args:
        path: (m, 2) points in image pixels.
        length: of the longest hairs, in pixels.
        rng: source of the variation between hairs.
        count: number of hairs.
        sag: how much they hang, as a share of their length.

    Returns:
        (count, 8, 2) float32 curves.
    """
    place = rng.uniform(0, len(path) - 1, count)
    low = np.minimum(place.astype(int), len(path) - 2)
    share = (place - low)[:, None]
    roots = path[low] * (1 - share) + path[low + 1] * share
    angle = rng.uniform(0, 2 * np.pi, (count, 1))
    bend = angle + rng.normal(0, 0.7, (count, 1))
    reach = length * rng.uniform(0.35, 1.0, (count, 1))
    t = np.linspace(0, 1, 8)[None]
    x = roots[:, :1] + reach * (np.cos(angle) * t + (np.cos(bend) - np.cos(angle)) * t * t / 2)
    y = roots[:, 1:] + reach * (np.sin(angle) * t + (np.sin(bend) - np.sin(angle)) * t * t / 2 + sag * t * t)
    return np.stack([x, y], 2).astype(np.float32)
