"""What light passes through: glass and smoke, whose alpha is less than one far from any outline."""

import cv2
import numpy as np

from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import LIGHT
from pipelines.sample.shapes import Form, Plane, both, capsule, ellipse, polygon, ring
from pipelines.sample.textures import Colour, plain

_SHINE: Colour = (1.0, 1.0, 1.0)


def glass(sheet: Sheet, form: Form, tint: Colour, opacity: float, rim: float) -> None:
    """Paint clear glass: thin in the middle, denser and brighter along its outline, where light has further to go."""
    sheet.paint(form, plain(tint, 0.25, 0.9), opacity=opacity, shadow=0)
    for share, strength in ((3.0, 0.16), (1.0, 0.5)):
        sheet.paint(ring(form, share * rim), plain((0.9, 0.94, 0.96), 0.1, 0.95), opacity=strength, shadow=0)


def wine_glass(sheet: Sheet, wine: Colour, thick: float) -> None:
    """A glass of wine; ``thick`` is the wine's opacity."""
    bowl = outline(
        [
            (0.16, 0.03),
            (0.44, 0.03),
            (0.485, 0.18),
            (0.46, 0.33),
            (0.37, 0.45),
            (0.3, 0.48),
            (0.23, 0.45),
            (0.14, 0.33),
            (0.115, 0.18),
        ]
    )
    level = polygon([(-1, 0.23), (2, 0.23), (2, 2), (-1, 2)])
    inner = outline(
        [
            (0.175, 0.05),
            (0.425, 0.05),
            (0.468, 0.18),
            (0.445, 0.325),
            (0.36, 0.432),
            (0.3, 0.455),
            (0.24, 0.432),
            (0.155, 0.325),
            (0.132, 0.18),
        ]
    )
    stem = tube([(0.3, 0.46), (0.3, 0.53), (0.3, 0.8), (0.3, 0.94)], (0.05, 0.015, 0.012, 0.035))
    foot = ellipse((0.3, 0.95), 0.17, 0.028)
    glass(sheet, foot, (0.82, 0.88, 0.9), 0.3, 0.01)
    glass(sheet, stem, (0.85, 0.9, 0.92), 0.4, 0.006)
    sheet.paint(both(inner, level), plain(wine, 0.15, 0.6), opacity=thick, shadow=0)
    sheet.paint(ellipse((0.3, 0.23), 0.163, 0.02), plain(wine, 0.3, 0.95), opacity=min(thick + 0.1, 1), shadow=0)
    glass(sheet, bowl, (0.88, 0.93, 0.96), 0.14, 0.009)
    sheet.paint(ring(ellipse((0.3, 0.035), 0.142, 0.018), 0.007), plain(_SHINE, 0, 1), opacity=0.55, shadow=0)
    for line, r in (([(0.185, 0.1), (0.165, 0.2), (0.19, 0.32)], 0.011), ([(0.415, 0.11), (0.425, 0.17)], 0.006)):
        sheet.paint(
            tube(line, (0.4 * r, r, 0.4 * r) if len(line) == 3 else (r, r)), plain(_SHINE, 0, 1), opacity=0.7, shadow=0
        )
    sheet.paint(capsule((0.294, 0.6), (0.294, 0.82), 0.003, 0.002), plain(_SHINE, 0, 1), opacity=0.6, shadow=0)


def smoke(sheet: Sheet, colour: Colour, thick: float) -> None:
    """Smoke that rises and widens; nowhere is it denser than ``thick``."""
    h, w = sheet.canvas.solid.shape
    y, x = sheet.canvas.centres(slice(0, h), slice(0, w))[::-1]
    u, v = x / np.float32(sheet.unit), y / np.float32(sheet.unit)
    if sheet.flip:
        u = np.float32(sheet.width) - u
    drift, swirl = clouds(h, w, 3, sheet.rng), clouds(h, w, 3, sheet.rng)
    u, v = u + 0.1 * drift, v + 0.08 * swirl
    rise = np.clip((1 - v) / 0.95, 0, 1)
    middle = 0.5 + 0.09 * np.sin(5.2 * rise + 0.4)
    wide = 0.035 + 0.3 * rise**1.1
    body = (
        np.exp(-(((u - middle) / wide) ** 4) * 0.7)
        * np.clip(rise / 0.1, 0, 1)
        * np.clip((1 - rise) / 0.42, 0, 1) ** 1.2
    )
    puffs = clouds(h, w, 6, sheet.rng)
    dense = np.clip(body * (0.62 + 0.42 * puffs) - 0.06, 0, 1)
    alpha = np.float32(thick) * (1 - np.exp(-2.6 * dense))
    lit = _relief(dense.astype(np.float32) + 0.25 * puffs, sheet.unit)
    rgb = np.clip(lit[..., None] * np.array(colour, np.float32), 0, 1)
    edge = np.minimum.reduce([x - x.min(), x.max() - x, y - y.min(), y.max() - y]) / np.float32(0.08 * sheet.unit)
    alpha = (alpha * np.clip(edge - 0.1, 0, 1)).astype(np.float32)
    sheet.canvas.rgba[:] = np.concatenate([rgb * alpha[..., None], alpha[..., None]], axis=2)


def clouds(h: int, w: int, octaves: int, rng: np.random.Generator) -> Plane:
    """(h, w) float32 noise about zero with some unit's scatter, as rough as ``octaves`` make it."""
    out = np.zeros((h, w), np.float32)
    for i in range(octaves):
        cells = 4 * 2**i
        coarse = rng.standard_normal((cells, max(round(cells * w / h), 2))).astype(np.float32)
        out += np.float32(0.56**i) * cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    return np.asarray(out / np.float32(1.2), np.float32)


def _relief(height: Plane, unit: float) -> Plane:
    """How light a heap of smoke is, lit from the upper left, around 1."""
    gy, gx = np.gradient(cv2.GaussianBlur(height, (0, 0), 0.012 * unit))
    return np.asarray(
        np.clip(0.86 + 0.1 * unit * 0.2 * (gx * -LIGHT[0] * -1 + gy * -LIGHT[1] * -1), 0.5, 1.15), np.float32
    )
