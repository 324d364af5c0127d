"""What people stand in front of: photographs, and stages built of photographed ground and walls."""

from collections.abc import Callable

import cv2
import numpy as np

from pipelines.sample.layers import lens
from pipelines.sample.textures import Colour, Picture, cover, photo

_Build = Callable[[int, int, np.random.Generator], Picture]


def background(name: str, width: int, height: int, rng: np.random.Generator) -> Picture:
    """(height, width, 3) float32 background, by its name in ``BACKGROUNDS``."""
    return np.clip(BACKGROUNDS[name](width, height, rng), 0, 1).astype(np.float32)


def contact_shadow(picture: Picture, foot: tuple[float, float], size: float) -> None:
    """Darken the ground under a person's feet, in place."""
    y, x = np.mgrid[: picture.shape[0], : picture.shape[1]].astype(np.float32)
    away = ((x - np.float32(foot[0] + 0.06 * size)) / np.float32(0.17 * size)) ** 2
    away += ((y - np.float32(foot[1])) / np.float32(0.03 * size)) ** 2
    picture *= (1 - 0.5 * np.exp(-away))[..., None].astype(np.float32)


def out_of_focus(picture: Picture, radius: float) -> Picture:
    """The picture, blurred by a disc of ``radius`` pixels at 480 lines."""
    kernel = lens(radius * min(picture.shape[:2]) / 480)
    return np.asarray(cv2.filter2D(picture, -1, kernel, borderType=cv2.BORDER_REFLECT), np.float32)


def _taken(name: str, defocus: float = 0.0, zoom: float = 1.0, gain: float = 1.0) -> _Build:
    """A photograph, out of focus by ``defocus`` pixels at 480 lines."""

    def build(width: int, height: int, rng: np.random.Generator) -> Picture:
        picture = cover(photo(name), width, height, rng, zoom)
        if defocus:
            picture = out_of_focus(picture, defocus)
        return picture * np.float32(gain)

    return build


def _studio(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A warm, mottled backdrop: the middle of the retina, without the black around it."""
    picture = cover(photo("retina")[350:1050, 350:1050], width, height, rng)
    return out_of_focus(picture, 6)


def _bokeh(width: int, height: int, rng: np.random.Generator) -> Picture:
    """City lights at night, far out of focus: the galaxies of the deep field."""
    stars = np.maximum(cover(photo("hubble_deep_field"), width, height, rng, 1.6) - 0.25, 0) ** 1.5 * 9
    disc = out_of_focus(stars.astype(np.float32), 9)
    glow = np.linspace(0.05, 0.16, height, dtype=np.float32)[:, None, None] * np.array((0.8, 0.9, 1.3), np.float32)
    return np.asarray(1 - np.exp(-1.4 * disc) + glow, np.float32)


def _tinted(name: str, colour: Colour, width: int, height: int, rng: np.random.Generator, zoom: float) -> Picture:
    """A gray texture in a colour; walls are far away, so it repeats, mirrored, at half its size."""
    # Turned on its side, the photograph of a pavement is a brick wall.
    source = np.rot90(photo(name)) if name == "brick" else photo(name)
    quarter = cover(np.ascontiguousarray(source), (width + 1) // 2, (height + 1) // 2, rng, zoom)
    gray = np.pad(quarter, ((0, height // 2), (0, width // 2), (0, 0)), "symmetric")
    return np.asarray(gray / max(float(gray.mean()), 1e-6) * np.array(colour, np.float32), np.float32)


def ground(name: str, colour: Colour, width: int, height: int, rng: np.random.Generator) -> Picture:
    """A texture laid down in perspective; ``height`` is that of the strip it fills."""
    side = 512
    flat = _tinted(name, colour, side, side, rng, 1.0)
    flat = np.concatenate([flat, flat[:, ::-1]] * 2, axis=1)
    source = np.array([(0, 0), (4 * side, 0), (4 * side, side), (0, side)], np.float32)
    reach = 1.1 * width
    target = np.array([(0, 0), (width, 0), (width + reach, height), (-reach, height)], np.float32)
    turn = cv2.getPerspectiveTransform(source, target)
    laid = cv2.warpPerspective(flat, turn, (width, height), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REFLECT)
    return np.asarray(laid, np.float32)


def _stage(wall: str, wall_colour: Colour, floor: str, floor_colour: Colour, horizon: float = 0.7) -> _Build:
    """A wall and a floor, lit from the upper left."""

    def build(width: int, height: int, rng: np.random.Generator) -> Picture:
        line = round(horizon * height)
        back = _tinted(wall, wall_colour, width, line, rng, 1.0)
        ground_below = ground(floor, floor_colour, width, height - line, rng)
        picture = np.concatenate([back, ground_below])
        y, x = np.mgrid[:height, :width].astype(np.float32)
        light = 1.12 - 0.35 * np.hypot(x / width - 0.3, y / height - 0.3)
        light = light - 0.3 * np.exp(-np.abs(y - line) / (0.03 * height))  # dirt and shade along the skirting
        return np.asarray(picture * light[..., None], np.float32)

    return build


def _field(width: int, height: int, rng: np.random.Generator) -> Picture:
    """A hazy sky with clouds over grass."""
    line = round(0.55 * height)
    clouds = rng.standard_normal((24, 32)).astype(np.float32)
    clouds = np.asarray(cv2.GaussianBlur(clouds, (0, 0), 1.6), np.float32)
    clouds = np.asarray(cv2.resize(clouds, (width, line), interpolation=cv2.INTER_CUBIC), np.float32)
    down = np.linspace(0, 1, line, dtype=np.float32)[:, None, None]
    sky = (1 - down) * np.array((0.36, 0.56, 0.82), np.float32) + down * np.array((0.82, 0.87, 0.9), np.float32)
    sky = sky + np.clip(clouds, 0, 1)[..., None] * 0.45
    trees = np.abs(np.cumsum(rng.standard_normal(width))) * 0.6
    edge = line - (0.05 + 0.04 * np.clip(trees / 20, 0, 1.5)) * height
    wood = _tinted("grass", (0.14, 0.22, 0.12), width, line, rng, 1.0)
    far = np.arange(line)[:, None] > edge[None, :]
    soft = cv2.GaussianBlur(far.astype(np.float32), (0, 0), 1.5)[..., None]
    top = cv2.GaussianBlur(sky * (1 - soft) + wood * soft, (0, 0), 1.2)
    return np.concatenate([top, ground("grass", (0.31, 0.39, 0.19), width, height - line, rng)])


BACKGROUNDS: dict[str, _Build] = {
    "garage": _taken("motorcycle_left"),
    "garage far": _taken("motorcycle_right", 3.5),
    "launch pad": _taken("rocket", gain=1.25),
    "launch pad far": _taken("rocket", 2.5, 1.5, 1.4),
    "cafe": _taken("coffee", 7.0, 1.2),
    "table": _taken("coffee", 1.5),
    "cat": _taken("chelsea", 6.0),
    "studio": _studio,
    "mural": _taken("immunohistochemistry", 0.8),
    "lights": _bokeh,
    "alley": _stage("brick", (0.55, 0.3, 0.22), "gravel", (0.42, 0.4, 0.37)),
    "courtyard": _stage("brick", (0.7, 0.66, 0.58), "brick", (0.4, 0.36, 0.34)),
    "garden": _stage("brick", (0.45, 0.38, 0.33), "grass", (0.27, 0.36, 0.18), 0.62),
    "gallery": _stage("moon", (0.72, 0.7, 0.66), "brick", (0.36, 0.24, 0.16), 0.74),
    "hedge": _stage("grass", (0.2, 0.29, 0.15), "gravel", (0.55, 0.5, 0.43), 0.66),
    "quarry": _stage("gravel", (0.5, 0.46, 0.42), "gravel", (0.42, 0.37, 0.31), 0.6),
    "field": _field,
}
"""Backgrounds by the name used in the plan."""
