"""Landscapes to compose entities on, painted with noise."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.backgrounds import ground, out_of_focus
from pipelines.sample.entities.looks import clouds
from pipelines.sample.shapes import Plane
from pipelines.sample.textures import Colour, Picture


def between(top: Colour, bottom: Colour, share: NDArray[np.float32]) -> Picture:
    """From one colour to another, as ``share`` goes from 0 to 1."""
    out = (1 - share)[..., None] * np.array(top, np.float32) + share[..., None] * np.array(bottom, np.float32)
    return np.asarray(out, np.float32)


def over(picture: Picture, alpha: Plane, colour: Colour | Picture) -> Picture:
    """A colour or picture over a picture."""
    share = alpha[..., None]
    return np.asarray(picture * (1 - share) + share * np.asarray(colour, np.float32), np.float32)


def grid(width: int, height: int) -> tuple[Plane, Plane]:
    """(height, width) float32 x and y, in shares of the width and height."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    return x / np.float32(width), y / np.float32(height)


def _ridge(width: int, rng: np.random.Generator, rough: float) -> NDArray[np.float32]:
    """(width,) float32 heights of hills about zero; ``rough`` in [0, 1] says how jagged."""
    out = np.zeros(width, np.float32)
    for i in range(8):
        knots = rng.standard_normal(2 ** (i + 1) + 3)
        at = np.linspace(0, len(knots) - 1.001, width)
        out += np.float32((0.35 + 0.25 * rough) ** i) * np.interp(at, np.arange(len(knots)), knots).astype(np.float32)
    return out


def below(y: Plane, line: NDArray[np.float32]) -> Plane:
    """What lies below a line of heights, anti-aliased."""
    return np.asarray(np.clip((y - line[None]) * y.shape[0], 0, 1), np.float32)


def _sky(x: Plane, y: Plane, top: Colour, low: Colour, rng: np.random.Generator, cloudy: float) -> Picture:
    sky = between(top, low, np.clip(y / 0.6, 0, 1))
    h, w = y.shape
    wisps = cv2.resize(clouds(h, w // 3, 6, rng), (w, h), interpolation=cv2.INTER_LINEAR)
    return over(sky, np.clip((wisps - 0.2) * cloudy, 0, 0.85).astype(np.float32), (0.98, 0.97, 0.96))


def beach(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A beach: sky, sea with small waves, sand."""
    x, y = grid(width, height)
    picture = _sky(x, y, (0.25, 0.5, 0.85), (0.75, 0.87, 0.95), rng, 0.5)
    far = np.clip((y - 0.42) / 0.3, 0, 1)
    waves = cv2.resize(clouds(height, max(width // 6, 8), 7, rng), (width, height), interpolation=cv2.INTER_LINEAR)
    sea = between((0.12, 0.38, 0.55), (0.35, 0.68, 0.7), far) * (1 + 0.16 * waves * (0.3 + far))[..., None]
    picture = over(picture, below(y, np.full(width, 0.42, np.float32)), sea)
    shore = (0.72 + 0.012 * _ridge(width, rng, 0.0)).astype(np.float32)
    grain = 1 + 0.06 * rng.standard_normal((height, width)) + 0.06 * clouds(height, width, 5, rng)
    sand = between((0.78, 0.68, 0.5), (0.9, 0.8, 0.62), np.clip((y - 0.7) / 0.3, 0, 1)) * grain[..., None]
    foam = np.exp(-(((y - shore[None] + 0.012) / 0.012) ** 2)) * np.clip(0.6 + 0.5 * waves, 0, 1)
    picture = over(picture, below(y, shore), sand.astype(np.float32))
    return over(picture, foam.astype(np.float32), (0.96, 0.97, 0.97))


def sunset(width: int, height: int, rng: np.random.Generator) -> Picture:
    """Hills against an evening sky."""
    x, y = grid(width, height)
    picture = between((0.25, 0.22, 0.45), (0.98, 0.62, 0.3), np.clip(y / 0.62, 0, 1) ** 1.3)
    wisps = cv2.resize(clouds(height, width // 4, 6, rng), (width, height), interpolation=cv2.INTER_LINEAR)
    picture = over(picture, np.clip((wisps - 0.3) * 0.5, 0, 0.6).astype(np.float32), (0.85, 0.4, 0.38))
    glow = np.exp(-(((x - 0.7) ** 2 * 1.8 + (y - 0.56) ** 2) / 0.03))
    picture = over(picture, (0.75 * glow).astype(np.float32), (1.0, 0.9, 0.6))
    for i in range(4):
        line = (0.58 + 0.1 * i + (0.03 + 0.012 * i) * _ridge(width, rng, 0.35)).astype(np.float32)
        tone = 0.62 - 0.17 * i
        picture = over(picture, below(y, line), (0.75 * tone, 0.42 * tone, 0.52 * tone))
    return picture


def mountains(width: int, height: int, rng: np.random.Generator) -> Picture:
    """Snowy mountains behind a meadow."""
    x, y = grid(width, height)
    picture = _sky(x, y, (0.3, 0.52, 0.82), (0.8, 0.88, 0.95), rng, 0.7)
    for i, (rock, snow) in enumerate(
        (((0.55, 0.62, 0.72), (0.9, 0.93, 0.97)), ((0.36, 0.4, 0.46), (0.95, 0.96, 0.98)))
    ):
        line = (0.34 + 0.12 * i + 0.075 * _ridge(width, rng, 1.0)).astype(np.float32)
        rough = clouds(height, width, 7, rng)
        lit = 1 + 0.22 * np.gradient(cv2.GaussianBlur(rough, (0, 0), 2.0), axis=1) * 40
        cap = np.clip((line[None] + 0.12 + 0.07 * rough - y) * 25, 0, 1)
        flank = between(rock, snow, cap.astype(np.float32)) * np.clip(lit, 0.7, 1.2)[..., None]
        picture = over(picture, below(y, line), flank.astype(np.float32))
    hill = (0.62 + 0.015 * _ridge(width, rng, 0.2)).astype(np.float32)
    trees = (hill - 0.035 - 0.012 * np.abs(rng.standard_normal(width))).astype(np.float32)
    picture = over(picture, below(y, cv2.GaussianBlur(trees[None], (0, 0), 1.5)[0]), (0.1, 0.2, 0.14))
    top = round(0.5 * height)
    meadow = np.zeros_like(picture)
    meadow[top:] = ground("grass", (0.36, 0.47, 0.2), width, height - top, rng)
    return over(picture, below(y, hill), meadow * (1 + 0.12 * clouds(height, width, 4, rng))[..., None])


def desert(width: int, height: int, rng: np.random.Generator) -> Picture:
    """Dunes."""
    x, y = grid(width, height)
    picture = _sky(x, y, (0.35, 0.58, 0.86), (0.93, 0.88, 0.78), rng, 0.15)
    for i in range(4):
        line = (0.48 + 0.13 * i + (0.03 + 0.015 * i) * _ridge(width, rng, 0.0)).astype(np.float32)
        tone = 0.82 + 0.06 * i
        ripple = 0.05 * np.sin(
            2 * np.pi * (26 * (y - line[None]) / (0.5 + y) * (3 + i) + 3 * x + 0.8 * clouds(height, width, 4, rng))
        )
        light = (tone + ripple * i / 3 + 0.1 * np.exp(-(y - line[None]) * 30) - 0.12 * x) * np.ones_like(y)
        picture = over(
            picture, below(y, line), (light[..., None] * np.array((0.93, 0.7, 0.44), np.float32)).astype(np.float32)
        )
    return picture


def wood(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A wood out of focus, light between the leaves; painted at half its size, at which nothing is lost."""
    w, h = (width + 1) // 2, (height + 1) // 2
    x, y = grid(w, h)
    green = between((0.5, 0.62, 0.28), (0.12, 0.24, 0.09), np.clip(y * 1.1, 0, 1))
    picture = green * (1 + 0.35 * clouds(h, w, 5, rng))[..., None]
    for _ in range(9):
        at, wide = float(rng.uniform(0, 1)), float(rng.uniform(0.012, 0.035))
        trunk = np.exp(-(((x - at - 0.02 * y) / wide) ** 4))
        picture = over(picture, (0.75 * trunk).astype(np.float32), (0.17, 0.13, 0.09))
    lights = np.zeros((h, w), np.float32)
    for _ in range(110):
        row, column = int(rng.uniform(0, 0.6) ** 1.4 * h), int(rng.uniform(0, w))
        lights[row, column] = rng.uniform(60, 260)
    lights *= np.float32((min(w, h) / 900) ** 2)  # of a disc, which is as large as the picture makes it
    lit = picture.astype(np.float32) + lights[..., None] * np.array((1.0, 0.98, 0.7), np.float32)
    return np.asarray(cv2.resize(out_of_focus(lit, 11), (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def night(width: int, height: int, rng: np.random.Generator) -> Picture:
    """Stars over dark hills."""
    x, y = grid(width, height)
    picture = between((0.02, 0.03, 0.1), (0.12, 0.18, 0.36), np.clip(y / 0.75, 0, 1))
    band = np.exp(-(((y - 0.75 + 0.75 * x) / 0.16) ** 2)) * np.clip(0.6 + 0.5 * clouds(height, width, 6, rng), 0, 1.5)
    picture = over(picture, (0.3 * band).clip(0, 1).astype(np.float32), (0.72, 0.7, 0.85))
    stars = (rng.random((height, width)) > 0.9985) * rng.uniform(0.5, 6, (height, width))
    picture = picture + cv2.GaussianBlur(stars.astype(np.float32), (0, 0), 0.9)[..., None]
    for i in range(2):
        line = (0.78 + 0.09 * i + 0.025 * _ridge(width, rng, 0.5)).astype(np.float32)
        picture = over(
            np.asarray(picture, np.float32), below(y, line), (0.05 - 0.015 * i, 0.06 - 0.02 * i, 0.1 - 0.03 * i)
        )
    return np.asarray(picture, np.float32)
