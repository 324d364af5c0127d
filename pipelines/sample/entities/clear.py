"""What light passes through everywhere: bubbles, ice, smoke, fire and cobwebs."""

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.entities.looks import clouds, mixed
from pipelines.sample.entities.outlines import curve
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.entities.vessels import glint
from pipelines.sample.layers import LIGHT
from pipelines.sample.shapes import Plane, Point, both, capsule, ellipse, polygon, ring
from pipelines.sample.textures import Colour, plain

_EMPTY = 6
"""Pixels at a canvas's border that smoke does not reach."""


def bubble(sheet: Sheet, hues: tuple[Colour, Colour, Colour]) -> None:
    """A soap bubble: hardly there in the middle, in colours towards its outline."""
    h, w = sheet.canvas.solid.shape
    u, v = _units(sheet)
    r = np.hypot(u - 0.5, v - 0.5) / np.float32(0.46)
    inside = np.clip((1 - r) * np.float32(0.46 * sheet.unit) + 0.5, 0, 1)
    depth = np.sqrt(np.clip(1 - r * r, 0, 1))
    alpha = inside * (0.05 + 0.75 * (1 - depth) ** 2.2)
    film = (np.arctan2(v - 0.5, u - 0.5) / np.pi + 2.2 * r + 0.35 * clouds(h, w, 3, sheet.rng)) % 1.0
    rgb = _ramp(film, (*hues, hues[0]))
    rgb = np.clip(rgb * 0.75 + 0.25 + 0.2 * (1 - depth)[..., None], 0, 1)
    _pour(sheet, rgb, alpha)
    for at, size, turn, strength in (((0.3, 0.25), (0.1, 0.045), -42, 0.85), ((0.7, 0.77), (0.07, 0.022), -42, 0.5)):
        x = sheet.width - at[0] if sheet.flip else at[0]
        shine = ellipse((x, at[1]), *size, -turn if sheet.flip else turn)
        sheet.paint(shine, plain((1, 1, 1), 0, 1), opacity=strength, shadow=0)


def ice_cube(sheet: Sheet, tint: Colour) -> None:
    """A cube of ice with cracks and bubbles in it."""
    top: list[Point] = [(0.1, 0.3), (0.5, 0.12), (0.92, 0.28), (0.54, 0.48)]
    left: list[Point] = [(0.1, 0.3), (0.54, 0.48), (0.54, 0.94), (0.14, 0.74)]
    right: list[Point] = [(0.54, 0.48), (0.92, 0.28), (0.88, 0.72), (0.54, 0.94)]
    for face, light, thick in ((left, 0.35, 0.5), (right, 0.1, 0.58), (top, 0.75, 0.62)):
        form = polygon(face, 0.02)
        sheet.paint(form, plain(mixed(tint, (1, 1, 1), light), 0.3, 0.9), opacity=thick, shadow=0)
        sheet.paint(ring(form, 0.016), plain((0.96, 0.98, 1.0), 0, 1), opacity=0.5, shadow=0)
    whole = polygon([top[0], top[1], top[2], right[2], right[3], left[3]], 0.02)
    _mist(sheet, 0.4)
    for _ in range(30):
        x, y = sheet.rng.uniform(0.2, 0.85), sheet.rng.uniform(0.25, 0.85)
        size = sheet.rng.uniform(0.004, 0.014)
        sheet.paint(both(ellipse((x, y), size, size), whole), plain((1, 1, 1), 0, 1), opacity=0.45, shadow=0)
    for start in ((0.3, 0.5), (0.7, 0.6), (0.45, 0.75)):
        for turn in sheet.rng.uniform(0, 2 * np.pi, 3):
            end = (start[0] + 0.14 * float(np.cos(turn)), start[1] + 0.14 * float(np.sin(turn)))
            sheet.paint(both(capsule(start, end, 0.005, 0.001), whole), plain((1, 1, 1), 0, 1), opacity=0.5, shadow=0)
    glint(sheet, [(0.18, 0.36), (0.17, 0.5), (0.19, 0.64)], 0.014, 0.7)
    glint(sheet, [(0.3, 0.27), (0.42, 0.22), (0.52, 0.17)], 0.012, 0.8)


def _mist(sheet: Sheet, strength: float) -> None:
    """White veils within what is painted."""
    h, w = sheet.canvas.solid.shape
    veil = np.clip(clouds(h, w, 4, sheet.rng), 0, 1) * np.float32(strength) * (sheet.canvas.rgba[..., 3] > 0.2)
    soft = cv2.GaussianBlur(veil.astype(np.float32), (0, 0), 2.0)[..., None] * (sheet.canvas.rgba[..., 3:] > 0)
    sheet.canvas.rgba[:] = sheet.canvas.rgba * (1 - soft) + soft


def smoke(sheet: Sheet, colour: Colour, thick: float) -> None:
    """Smoke that rises and widens; nowhere is it denser than ``thick``."""
    h, w = sheet.canvas.solid.shape
    u, v = _units(sheet)
    u, v = u + 0.05 * clouds(h, w, 4, sheet.rng), v + 0.07 * clouds(h, w, 4, sheet.rng)
    rise = np.clip(1 - v, 0, 1)
    middle = 0.5 + 0.1 * np.sin(5.2 * rise + 0.4) * np.clip(rise / 0.3, 0, 1)
    wide = 0.05 + 0.32 * rise
    body = np.exp(-(np.abs((u - middle) / wide) ** 3)) * np.clip(rise / 0.04, 0, 1) * np.clip((1 - rise) / 0.3, 0, 1)
    puffs = clouds(h, w, 6, sheet.rng)
    dense = np.clip(body * (0.9 + 0.5 * puffs) - 0.03, 0, 1)
    alpha = np.float32(thick) * (1 - np.exp(-4.0 * dense))
    light = _relief(dense + 0.12 * puffs, sheet.unit)[..., None]
    _pour(sheet, np.clip(light * np.array(colour, np.float32), 0, 1), alpha)


def fire(sheet: Sheet, hues: tuple[Colour, Colour, Colour]) -> None:
    """Flames; ``hues`` from their rims to their heart."""
    h, w = sheet.canvas.solid.shape
    u, v = _units(sheet)
    rise = np.clip(1 - v, 0, 1)
    lick = clouds(h, w, 3, sheet.rng)
    u = np.asarray(u + 0.16 * rise * lick + 0.03 * np.sin(9 * rise), np.float32)
    tongues = ((0.5, 0.95, 0.2), (0.34, 0.66, 0.13), (0.66, 0.74, 0.14), (0.22, 0.42, 0.09), (0.79, 0.46, 0.09))
    flames = [_tongue(u, rise, *tongue) for tongue in tongues]
    round_below = np.clip((rise - 0.5 * (u - 0.5) ** 2) / 0.12, 0, 1)
    bright = np.clip(np.maximum.reduce(flames) * (1.25 + 0.1 * clouds(h, w, 6, sheet.rng)), 0, 1) * round_below
    heat = np.asarray(cv2.GaussianBlur(bright.astype(np.float32), (0, 0), 1.5), np.float32)
    rgb = _ramp(np.clip(heat * 1.1, 0, 0.999), (*hues, (1.0, 0.98, 0.85)))
    _pour(sheet, rgb, np.clip(1.5 * heat, 0, 0.92) ** 0.9)


def _tongue(u: Plane, rise: Plane, x: float, tall: float, wide: float) -> Plane:
    """Heat of one flame in [0, 1]: about ``x``, ``tall`` high, widest low."""
    part = np.clip(rise / np.float32(tall), 0, 1)
    span = wide * (1 - part) ** 0.75 * (0.55 + 0.9 * np.sqrt(part)) + 1e-4
    return np.asarray((1 - part) * np.clip(1.15 - ((u - x) / span) ** 2, 0, 1) ** 0.7, np.float32)


def spider_web(sheet: Sheet) -> None:
    """A spider's web, some drops on it."""
    turns = np.radians(np.arange(0, 360, 24) + sheet.rng.uniform(-5, 5, 15))
    reach = sheet.rng.uniform(0.4, 0.47, 15)
    silk = plain((0.93, 0.95, 0.97), 0, 1)
    centre = np.array((0.5, 0.5))
    ways = np.stack([np.cos(turns), np.sin(turns)], axis=1)
    for way, far in zip(ways, reach, strict=True):
        end = centre + far * way
        sheet.paint(capsule((0.5, 0.5), (float(end[0]), float(end[1])), 0.0016, 0.0016), silk, opacity=0.85, shadow=0)
    for k in range(13):
        share = 0.1 + 0.068 * k
        knots = centre + ways * (share * reach)[:, None]
        for i in range(15):
            a, b = knots[i], knots[(i + 1) % 15]
            sag = 0.5 * (a + b) + 0.13 * (centre - 0.5 * (a + b))
            line = curve([(float(a[0]), float(a[1])), (float(sag[0]), float(sag[1])), (float(b[0]), float(b[1]))], 3)
            for p, q in pairwise(line):
                thread = capsule((float(p[0]), float(p[1])), (float(q[0]), float(q[1])), 0.0011, 0.0011)
                sheet.paint(thread, silk, opacity=0.75, shadow=0)
            if sheet.rng.random() < 0.12:
                drop = (float(sag[0]), float(sag[1]))
                sheet.paint(ellipse(drop, 0.006, 0.007), plain((0.85, 0.92, 1.0), 0.5, 0.7), opacity=0.85, shadow=0)


def _units(sheet: Sheet) -> tuple[Plane, Plane]:
    """(h, w) float32 x and y of all pixels of a sheet, in units."""
    h, w = sheet.canvas.solid.shape
    x, y = sheet.canvas.centres(slice(0, h), slice(0, w))
    u, v = x / np.float32(sheet.unit), y / np.float32(sheet.unit)
    return (np.float32(sheet.width) - u if sheet.flip else u), v


def _pour(sheet: Sheet, rgb: NDArray[np.float32], alpha: Plane) -> None:
    """Fill a sheet with straight colours and alpha, which ends before the canvas does."""
    h, w = alpha.shape
    y, x = np.mgrid[:h, :w].astype(np.float32)
    edge = np.minimum(np.minimum(x, w - 1 - x), np.minimum(y, h - 1 - y)) - _EMPTY
    whole = np.asarray(alpha * np.clip(edge / np.float32(0.1 * sheet.unit), 0, 1), np.float32).clip(0, 1)[..., None]
    sheet.canvas.rgba[:] = np.concatenate([np.clip(rgb, 0, 1) * whole, whole], axis=2)


def _ramp(at: Plane, colours: tuple[Colour, ...]) -> NDArray[np.float32]:
    """(h, w, 3) float32 colours between the given ones, for ``at`` from 0 to 1."""
    stops = np.linspace(0, 1, len(colours))
    return np.stack([np.interp(at, stops, [c[k] for c in colours]) for k in range(3)], axis=2).astype(np.float32)


def _relief(height: Plane, unit: float) -> Plane:
    """How light a heap of smoke is, around 1, lit from the upper left."""
    gy, gx = np.gradient(cv2.GaussianBlur(height.astype(np.float32), (0, 0), 0.008 * unit))
    slope = np.float32(0.09 * unit) * (-gx * LIGHT[0] - gy * LIGHT[1])
    return np.asarray(np.clip(0.9 + 0.2 * slope, 0.6, 1.1), np.float32)
