"""Colours, materials and noise that animals, things and backgrounds are made of."""

import cv2
import numpy as np

from pipelines.sample.layers import Material
from pipelines.sample.shapes import Plane
from pipelines.sample.textures import Colour


def dark(colour: Colour, share: float) -> Colour:
    """A colour, darkened to ``share`` of its light; above 1 it gets lighter."""
    r, g, b = (min(part * share, 1.0) for part in colour)
    return r, g, b


def mixed(colour: Colour, other: Colour, share: float) -> Colour:
    """``share`` of ``other`` in a colour."""
    r, g, b = (a * (1 - share) + c * share for a, c in zip(colour, other, strict=True))
    return r, g, b


def hide(colour: Colour, rng: np.random.Generator, contrast: float = 0.07, gloss: float = 0.0) -> Material:
    """One colour that changes softly from place to place, as skin and hides do."""
    side = 128
    noise = np.zeros((side, side), np.float32)
    for step, weight in ((8, 1.0), (32, 0.7)):
        coarse = rng.standard_normal((step, step)).astype(np.float32)
        tiled = np.pad(coarse, 2, "wrap")
        k = side // step
        fine = cv2.resize(tiled, None, fx=k, fy=k, interpolation=cv2.INTER_CUBIC)[2 * k : -2 * k, 2 * k : -2 * k]
        noise += np.float32(weight) * fine
    tile = (1 + np.float32(contrast) * noise)[..., None] * np.array(colour, np.float32)
    return Material(np.clip(tile, 0, 1).astype(np.float32), 0.45, gloss)


def clouds(h: int, w: int, octaves: int, rng: np.random.Generator) -> Plane:
    """(h, w) float32 noise about zero, about a unit's scatter, as rough as ``octaves`` make it."""
    out = np.zeros((h, w), np.float32)
    for i in range(octaves):
        cells = 4 * 2**i
        coarse = rng.standard_normal((cells, max(round(cells * w / h), 2))).astype(np.float32)
        out += np.float32(0.56**i) * cv2.resize(coarse, (w, h), interpolation=cv2.INTER_CUBIC)
    return np.asarray(out / np.float32(1.2), np.float32)
