"""Points that stand for an object, and how similar every place is to it, drawn on a photo."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from pipelines.report.pictures import (
    FINE,
    Box,
    Picture,
    PictureError,
    as_array,
    as_picture,
    encode_drawing,
    read_levels,
)

POSITIVE = (0, 138, 72)
"""RGB of points on the object."""
NEGATIVE = (206, 32, 44)
"""RGB of points beside it. They are squares too: not everybody tells green from red."""
RADIUS = 0.026
"""Radius of a point as a share of the picture's longer side."""
COLOURED = 0.6
"""Share of the map's colour where it lies over the photo."""
SHARPER = 4
"""Points are drawn this many times larger and averaged, for smooth edges."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point to draw: its number, its place in the picture (the first pixel's corner is 0, 0), and what it says."""

    number: int
    x: float
    y: float
    positive: bool
    used: bool = True


def draw_prompts(
    photo: NDArray[np.uint8],
    prompts: Sequence[Mapping[str, Any]],
    full: tuple[int, int],
    crop: Box,
    out: Path,
    similarity_path: str | None,
) -> Picture:
    """The picture "points" of a target: its similarity map over the photo, and the prompts on top.

    Args:
        photo: the crop at the size it is shown.
        prompts: of the row; those outside the crop are left out, the others keep their numbers.
        full: width and height of the image in pixels.
        crop: what ``photo`` shows of the image.
        out: folder that ``similarity_path`` is below.
        similarity_path: of the row; without a map that can be read there are just the points, and a note says why.
    """
    canvas = enlarge(photo)
    size = canvas.shape[1], canvas.shape[0]
    marks = []
    for number, prompt in enumerate(prompts, 1):
        if (place := locate(prompt["x"], prompt["y"], crop, size)) is not None:
            marks.append(Mark(number, *place, bool(prompt["positive"]), bool(prompt["used"])))
    canvas, note = lay_similarity(canvas, out, similarity_path, full, crop)
    return Picture("points", encode_drawing(draw_marks(canvas, marks)), ".jpg", note=note)


def enlarge(photo: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A small photo as a canvas that is large enough for crisp points."""
    times = max(FINE // max(photo.shape[:2]), 1)
    size = photo.shape[1] * times, photo.shape[0] * times
    return as_array(as_picture(photo).resize(size, Image.Resampling.BICUBIC)) if times > 1 else photo


def locate(x: float, y: float, crop: Box, size: tuple[int, int]) -> tuple[float, float] | None:
    """Where a point of the image (the first pixel's centre is 0, 0) is in a picture of the crop; None when outside."""
    left, top, right, bottom = crop
    across, down = (x + 0.5 - left) / (right - left), (y + 0.5 - top) / (bottom - top)
    return (across * size[0], down * size[1]) if 0 <= across <= 1 and 0 <= down <= 1 else None


def lay_similarity(
    canvas: NDArray[np.uint8], out: Path, name: str | None, full: tuple[int, int], crop: Box
) -> tuple[NDArray[np.uint8], str]:
    """The canvas under its similarity map, and the map's range; or as it was, and why there is no map.

    The map's own range is stretched over all colours, so that peaks stand out where everything is a little similar.
    The photo turns gray: all colour is the map's.
    """
    try:
        levels = read_levels(out, name)
    except PictureError as error:
        return canvas, f"no similarity map: {error}"
    low, high = int(levels.min()), int(levels.max())
    part = _part(levels, full, crop, (canvas.shape[1], canvas.shape[0]))
    stretched = np.clip((part - low) * (255 / max(high - low, 1)) + 0.5, 0, 255).astype(np.uint8)
    colours = cv2.applyColorMap(stretched, cv2.COLORMAP_MAGMA)[..., ::-1]
    gray = cv2.cvtColor(canvas, cv2.COLOR_RGB2GRAY)[..., None]
    blended = COLOURED * colours + (1 - COLOURED) * gray
    return (blended + 0.5).astype(np.uint8), f"similarity {low / 255:.2f} to {high / 255:.2f}"


def _part(levels: NDArray[np.uint8], full: tuple[int, int], crop: Box, size: tuple[int, int]) -> NDArray[np.float32]:
    """The map, which covers the image edge to edge, over the crop. In floats: stretched bytes would show steps."""
    across, down = levels.shape[1] / full[0], levels.shape[0] / full[1]
    right, bottom = min(crop[2] * across, levels.shape[1]), min(crop[3] * down, levels.shape[0])  # rounding may exceed
    box = (crop[0] * across, crop[1] * down, right, bottom)
    smooth = as_picture(levels).convert("F").resize(size, Image.Resampling.BICUBIC, box)
    return np.asarray(smooth, np.float32)


def draw_marks(canvas: NDArray[np.uint8], marks: Sequence[Mark]) -> NDArray[np.uint8]:
    """The canvas with numbered points. Used ones lie above the others, and low numbers above high ones."""
    picture = as_picture(canvas)
    radius = RADIUS * max(picture.size)
    for mark in sorted(marks, key=lambda mark: (mark.used, -mark.number)):
        reach = math.ceil(radius * 1.2) + 1
        left, top = math.floor(mark.x) - reach, math.floor(mark.y) - reach
        tile = _tile(mark, mark.x - left, mark.y - top, 2 * reach + 1, radius)
        picture.paste(tile, (left, top), tile)
    return as_array(picture)


def _tile(mark: Mark, x: float, y: float, side: int, radius: float) -> Image.Image:
    """One point at (x, y) of a see-through square."""
    large = Image.new("RGBA", (side * SHARPER, side * SHARPER))
    brush, centre, unit = ImageDraw.Draw(large), (x * SHARPER, y * SHARPER), radius * SHARPER
    colour = (*(POSITIVE if mark.positive else NEGATIVE), 255)
    hairline, white, veil = (0, 0, 0, 130), (255, 255, 255, 255), (0, 0, 0, 50)
    # Drawing replaces what is there, transparency included: the veil opens the middle of a hollow point.
    used, hollow = ((1.1, hairline), (1.0, white), (0.84, colour)), ((1.1, hairline), (1.0, colour), (0.73, veil))
    for reach, fill in used if mark.used else hollow:
        _shape(brush, centre, reach * unit, fill, mark.positive)
    text = str(mark.number)
    font = ImageFont.load_default(unit * (1.25 if len(text) < 2 else 1.1 if len(text) < 3 else 0.8))
    edge = 0 if mark.used else SHARPER
    brush.text(centre, text, white, font, "mm", stroke_width=edge, stroke_fill=(0, 0, 0, 200))
    return large.resize((side, side), Image.Resampling.BOX)


def _shape(
    brush: ImageDraw.ImageDraw,
    centre: tuple[float, float],
    reach: float,
    fill: tuple[int, int, int, int],
    is_round: bool,
) -> None:
    """A disc; or a square of about the same area."""
    half = reach if is_round else 0.88 * reach
    box = (centre[0] - half, centre[1] - half, centre[0] + half, centre[1] + half)
    if is_round:
        brush.ellipse(box, fill)
    else:
        brush.rectangle(box, fill)
