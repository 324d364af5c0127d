"""Rooms, tables and backdrops to compose entities on."""

from collections.abc import Callable

import cv2
import numpy as np

from pipelines.sample.backgrounds import out_of_focus
from pipelines.sample.entities.landscapes import between, grid
from pipelines.sample.entities.looks import clouds
from pipelines.sample.textures import Colour, Picture

Draw = Callable[[int, int, np.random.Generator], Picture]
"""From width, height and a generator to (height, width, 3) float32 RGB."""


def room(wall: Colour, wood: Colour, outside: Draw) -> Draw:
    """A room with a window, and planks on its floor."""

    def draw(width: int, height: int, rng: np.random.Generator) -> Picture:
        x, y = grid(width, height)
        light = 1.08 - 0.32 * np.hypot(x - 0.3, y - 0.3) + 0.02 * clouds(height, width, 6, rng)
        picture = np.asarray(light[..., None] * np.array(wall, np.float32), np.float32)
        line = round(0.76 * height)
        picture[line:] = _boards(width, height - line, wood, rng)
        edge = round(0.014 * width)
        picture[line - 2 * edge : line] = np.array((0.83, 0.82, 0.79), np.float32)
        picture[line - 2 * edge - 2 : line - 2 * edge] *= 0.8
        _window(picture, edge, outside, rng)
        return out_of_focus(picture, 1.0)

    return draw


def _window(picture: Picture, edge: int, outside: Draw, rng: np.random.Generator) -> None:
    """Put a window into a wall; its frame is ``edge`` pixels wide."""
    height, width = picture.shape[:2]
    x0, x1, y0, y1 = round(0.56 * width), round(0.88 * width), round(0.12 * height), round(0.56 * height)
    picture[y0 - edge : y1 + edge, x0 - edge : x1 + edge] = (0.93, 0.92, 0.9)
    picture[y0:y1, x0:x1] = out_of_focus(outside(x1 - x0, y1 - y0, rng), 5)
    x, y, half = (x0 + x1) // 2, (y0 + y1) // 2, edge // 2
    picture[y0:y1, x - half : x + half] = (0.9, 0.89, 0.87)
    picture[y - half : y + half, x0:x1] = (0.9, 0.89, 0.87)
    picture[y1 + edge : y1 + 3 * edge, x0 - 2 * edge : x1 + 2 * edge] = (0.86, 0.85, 0.82)


def _boards(width: int, height: int, wood: Colour, rng: np.random.Generator) -> Picture:
    """(height, width, 3) planks that run away from the viewer."""
    x, y = grid(width, height)
    across = 9 * (x - 0.5) / (0.45 + 0.75 * y)
    tone = rng.uniform(0.82, 1.12, 64)[np.clip(np.floor(across) + 32, 0, 63).astype(np.intp)]
    seam = np.where(np.abs(across - np.round(across)) < 0.02, 0.45, 1.0)
    grain = cv2.resize(clouds(max(height // 6, 8), width, 8, rng), (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray((tone * (1 + 0.16 * grain) * seam)[..., None] * np.array(wood, np.float32), np.float32)


def backdrop(middle: Colour, edge: Colour) -> Draw:
    """A paper backdrop in a studio, brightest in the middle."""

    def draw(width: int, height: int, rng: np.random.Generator) -> Picture:
        x, y = grid(width, height)
        away = np.hypot((x - 0.45) * 1.1, y - 0.42)
        paper = (
            between(middle, edge, np.clip(away * 1.3, 0, 1)) * (1 + 0.012 * clouds(height, width, 6, rng))[..., None]
        )
        ground = 1 - 0.22 * np.exp(-(((y - 0.78) / 0.07) ** 2))
        return np.asarray(paper * ground[..., None] + 0.006 * rng.standard_normal((height, width, 1)), np.float32)

    return draw


def table(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A table of planks, a room far out of focus behind it."""
    x, y = grid(width, height)
    blobs = clouds(height, width, 3, rng)[..., None] * np.array((0.1, 0.09, 0.07), np.float32)
    wall = between((0.62, 0.55, 0.46), (0.45, 0.39, 0.33), np.clip(y / 0.55, 0, 1)) + blobs
    wall += 0.35 * np.exp(-(((x - 0.25) / 0.1) ** 4) - ((y - 0.2) / 0.2) ** 4)[..., None]  # daylight from a window
    line = round(0.55 * height)
    behind = out_of_focus(np.asarray(wall, np.float32), 12)
    behind[line:] = _boards(width, height - line, (0.6, 0.4, 0.24), rng)
    return behind
