"""Backgrounds: photographs as they are, or a wall and a floor made of two of them."""

import cv2
import numpy as np

from pipelines.sample.layers import Rgba
from pipelines.sample.textures import Colour, Picture, cover, photo

ROOMS: dict[str, tuple[str, Colour, str, Colour, float]] = {
    "alley": ("brick", (0.95, 0.62, 0.5), "gravel", (0.75, 0.73, 0.7), 0.72),
    "yard": ("brick", (0.85, 0.8, 0.72), "grass", (0.55, 0.72, 0.36), 0.66),
    "gallery": ("hubble_deep_field", (1.0, 1.0, 1.0), "gravel", (0.62, 0.55, 0.5), 0.78),
    "studio": ("moon", (1.0, 0.95, 0.9), "brick", (0.7, 0.6, 0.52), 0.75),
    "court": ("grass", (0.4, 0.55, 0.35), "gravel", (0.85, 0.55, 0.4), 0.6),
    "park": ("immunohistochemistry", (0.5, 0.72, 0.42), "grass", (0.6, 0.8, 0.4), 0.55),
}
"""Wall, its tint, floor, its tint, and where they meet as a share of the height."""


TINTS: dict[str, Colour] = {"grass": (0.62, 0.82, 0.42), "gravel": (0.92, 0.84, 0.74), "brick": (1.0, 0.7, 0.56)}
"""Colours given to photographs that are gray."""


def background(name: str, width: int, height: int, haze: float, rng: np.random.Generator) -> Rgba:
    """A background.

    Args:
        name: one of ``ROOMS``, or a photograph's name in ``skimage.data``.
        width, height: its size in pixels.
        haze: sigma of the blur that puts it out of focus, as a share of the height; 0 for none.
        rng: source of cuts and flips.

    Returns:
        (height, width, 3) float32 in [0, 1].
    """
    if name in ROOMS:
        out = _room(name, width, height, rng)
    else:
        picture = photo(name) * np.array(TINTS.get(name, (1, 1, 1)), np.float32)
        out = cover(picture, width, height, rng, zoom=1 + 0.25 * float(rng.random()))
    if haze:
        out = cv2.GaussianBlur(out, (0, 0), haze * height)
    return np.clip(out, 0, 1).astype(np.float32)


def _room(name: str, width: int, height: int, rng: np.random.Generator) -> Picture:
    wall_name, wall_tint, floor_name, floor_tint, share = ROOMS[name]
    horizon = round(height * share)
    wall = cover(photo(wall_name), width, horizon, rng) * np.array(wall_tint, np.float32)
    if wall_name in ("grass", "immunohistochemistry", "moon"):
        # Hedges and curtains: out of focus far behind the people.
        wall = cv2.GaussianBlur(wall, (0, 0), height / 60)
    floor = _receding(photo(floor_name), width, height - horizon) * np.array(floor_tint, np.float32)
    out = np.concatenate([wall, floor], axis=0)
    out[horizon - 2 : horizon + 1] *= 0.6
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    # A lamp at the upper left, as on the people.
    fall = 1.12 - 0.45 * np.hypot(x / width - 0.3, y / height - 0.35)
    return np.asarray(out * fall[..., None], np.float32)


def _receding(tile: Picture, width: int, height: int) -> Picture:
    """A floor: a texture seen at a slant."""
    both_ways = np.concatenate([tile, tile[:, ::-1]], axis=1)
    h, w = both_ways.shape[:2]
    far, near = 0.0, w * 0.32
    source = np.array([[far, 0], [w - far, 0], [w - near, h], [near, h]], np.float32)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    return np.asarray(
        cv2.warpPerspective(both_ways, cv2.getPerspectiveTransform(source, target), (width, height)), np.float32
    )
