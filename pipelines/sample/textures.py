"""Cloth, skin and backgrounds cut from the photographs that scikit-image ships."""

from functools import cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.layers import Material

Picture = NDArray[np.float32]
"""(H, W, 3) float32 RGB in [0, 1]."""
Colour = tuple[float, float, float]
LICENCE, LICENCE_URL = "See the licences of scikit-image's data folder", "https://scikit-image.org"
"""Of the photographs, and so of all that is drawn with them."""
SKINS: tuple[Colour, ...] = ((0.96, 0.78, 0.68), (0.9, 0.69, 0.56), (0.76, 0.53, 0.4), (0.52, 0.34, 0.25))
CLOTHS: tuple[Colour, ...] = (
    (0.72, 0.16, 0.15), (0.15, 0.27, 0.52), (0.2, 0.42, 0.3), (0.85, 0.68, 0.25), (0.45, 0.24, 0.47),
    (0.8, 0.78, 0.74), (0.24, 0.25, 0.28), (0.84, 0.45, 0.2), (0.35, 0.58, 0.66), (0.7, 0.42, 0.5),
)  # fmt: skip
TROUSERS: tuple[Colour, ...] = ((0.2, 0.27, 0.42), (0.16, 0.16, 0.19), (0.5, 0.42, 0.3), (0.36, 0.38, 0.42))
HAIRS: tuple[Colour, ...] = (
    (0.1, 0.08, 0.07), (0.24, 0.15, 0.09), (0.42, 0.25, 0.12), (0.74, 0.56, 0.3), (0.55, 0.2, 0.09), (0.62, 0.6, 0.58)
)  # fmt: skip
WEAVES = ("brick", "grass", "gravel", "coins", "moon")
PRINTS = ("immunohistochemistry", "hubble_deep_field", "retina", "coffee")


@cache
def photo(name: str) -> Picture:
    """A photograph by its name in ``skimage.data`` (motorcycle_left and _right are the stereo pair); do not change."""
    from skimage import data  # loads its registry; only those who build the sample pay

    if name.startswith("motorcycle"):
        pair: Any = data.stereo_motorcycle
        pixels = pair()[0 if name == "motorcycle_left" else 1]
    else:
        pixels = getattr(data, name)()
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=2)
    out: Picture = pixels[..., :3].astype(np.float32) / np.float32(255)
    return out


def cover(picture: Picture, width: int, height: int, rng: np.random.Generator, zoom: float = 1.0) -> Picture:
    """A random cut of a picture, resized to ``width`` x ``height`` without distortion; flipped half of the time."""
    h, w = picture.shape[:2]
    scale = max(width / w, height / h) * zoom
    cut_w, cut_h = min(round(width / scale), w), min(round(height / scale), h)
    x, y = int(rng.integers(0, w - cut_w + 1)), int(rng.integers(0, h - cut_h + 1))
    cut = picture[y : y + cut_h, x : x + cut_w]
    if rng.random() < 0.5:
        cut = np.ascontiguousarray(cut[:, ::-1])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    resized: Picture = np.asarray(cv2.resize(cut, (width, height), interpolation=how), np.float32)
    return np.clip(resized, 0, 1)


def _seamless(tile: Picture) -> Picture:
    row = np.concatenate([tile, tile[:, ::-1]], axis=1)
    return np.ascontiguousarray(np.concatenate([row, row[::-1]], axis=0))


def _folds(side: int, rng: np.random.Generator, strength: float) -> NDArray[np.float32]:
    """(side, side, 1) float32 around 1: soft slanting creases."""
    noise = rng.standard_normal((side, side)).astype(np.float32)
    blurred = cv2.GaussianBlur(noise, (0, 0), sigmaX=side / 14, sigmaY=side / 34, borderType=cv2.BORDER_REFLECT)
    noise = np.asarray(blurred, np.float32)
    return (1 + np.float32(strength) * noise / max(float(noise.std()), 1e-6))[..., None].astype(np.float32)


def plain(colour: Colour, gloss: float = 0.0, ambient: float = 0.5) -> Material:
    """One colour."""
    return Material(np.array(colour, np.float32)[None, None], ambient, gloss)


def weave(colour: Colour, rng: np.random.Generator, side: int = 96, contrast: float = 0.12) -> Material:
    """Tinted cloth: the grain of a gray photograph, with folds."""
    grain = cover(photo(WEAVES[int(rng.integers(len(WEAVES)))]), side, side, rng, zoom=1 + float(rng.random())).mean(2)
    grain = 1 + np.float32(contrast) * np.clip((grain - grain.mean()) / max(float(grain.std()), 1e-6), -2.5, 2.5)
    tile = grain[..., None] * np.array(colour, np.float32) * _folds(side, rng, 0.09)
    return Material(_seamless(np.clip(tile, 0, 1)), 0.42)


def printed(rng: np.random.Generator, side: int = 110) -> Material:
    """Cloth printed with a colour photograph."""
    name = PRINTS[int(rng.integers(len(PRINTS)))]
    tile = cover(photo(name), side, side, rng, zoom=2.2) * _folds(side, rng, 0.08)
    return Material(_seamless(np.clip(tile * 0.9 + 0.05, 0, 1)), 0.45)


def striped(colour: Colour, other: Colour, rng: np.random.Generator, pitch: int) -> Material:
    """A striped jersey: thin structure inside the person that looks like edges."""
    side = pitch * 12
    base = weave(colour, rng, side, 0.06).tile[:side, :side]
    tile = base.copy()
    dark = (np.arange(side) // pitch) % 2 == 0
    tile[dark] = tile[dark] / np.array(colour, np.float32) * np.array(other, np.float32)
    return Material(_seamless(np.clip(tile, 0, 1)), 0.45)


def skin(colour: Colour, rng: np.random.Generator) -> Material:
    """Skin: the mottling of the astronaut's cheek on a chosen tone."""
    cheek = photo("astronaut")[105:140, 205:250]
    cheek = cv2.resize(cheek / cheek.mean((0, 1)), (96, 96), interpolation=cv2.INTER_CUBIC)
    cheek = 1 + 0.25 * (cheek - cv2.GaussianBlur(cheek, (0, 0), 12))
    noise = 1 + np.float32(0.012) * rng.standard_normal((96, 96, 1)).astype(np.float32)
    return Material(_seamless(np.clip(cheek * noise * np.array(colour, np.float32), 0, 1)), 0.55, 0.05)


def pelt(colour: Colour, rng: np.random.Generator) -> Material:
    """Fur: the cat's, tinted."""
    coat = cover(photo("chelsea")[40:160, 130:330], 120, 120, rng).mean(2, keepdims=True)
    return Material(_seamless(np.clip(coat / coat.mean() * np.array(colour, np.float32), 0, 1)), 0.6)
