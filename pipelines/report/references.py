"""The references of a propagation run: what was marked on them, and where they are similar to it themselves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from pydantic import BaseModel, FiniteFloat, ValidationError

from pipelines.annotations.images import read_photo
from pipelines.config import ReportConfig
from pipelines.errors import StoreError
from pipelines.report.cards import CardAssets
from pipelines.report.pictures import (
    DIMMED,
    LONGEST,
    MAX_PIXELS,
    TINT,
    TINTED,
    Picture,
    PictureError,
    as_array,
    as_picture,
    encode_drawing,
    read_levels,
)
from pipelines.report.prompts import Mark, draw_marks, enlarge, lay_similarity, locate
from pipelines.storage.safe_paths import ImageProblem, safe_path

ENLARGEMENT = 4
"""Pictures are this many times ``ReportConfig.thumbnail`` long; they are few, and all targets refer to them."""


class ReferencePoint(BaseModel):
    """A point on the object, or beside it; ``marked`` by the person, or spread over the mask by the program."""

    x: FiniteFloat
    y: FiniteFloat
    positive: bool = True
    marked: bool = False


class Reference(BaseModel):
    """One of ``summary["references"]``; names of files are below the run's folder, lengths are the photo's pixels."""

    name: str
    picture: str | None = None
    mask: str | None = None
    similarity: str | None = None
    width: int = 0
    height: int = 0
    points: tuple[ReferencePoint, ...] = ()
    box: tuple[FiniteFloat, FiniteFloat, FiniteFloat, FiniteFloat] | None = None


def read_references(summary: Mapping[str, Any]) -> list[Reference]:
    """The summary's references; entries that are none are left out."""
    listed = summary.get("references")
    references = []
    for entry in listed if isinstance(listed, (list, tuple)) else ():
        try:
            references.append(Reference.model_validate(entry))
        except ValidationError:
            continue
    return references


def describe(reference: Reference) -> str:
    """How it was marked, and how many points stand for its object.

    >>> describe(Reference(name="a", points=({"x": 1, "y": 2, "marked": True}, {"x": 3, "y": 4, "positive": False})))
    'marked with 1 point · 2 points: 1 on the object, 1 beside it'
    >>> describe(Reference(name="a"))
    'marked with a mask'
    """
    by_hand = sum(point.marked for point in reference.points)
    marks = ["a box"] if reference.box else []
    marks += [f"{by_hand} {'point' if by_hand == 1 else 'points'}"] if by_hand else []
    count, positive = len(reference.points), sum(point.positive for point in reference.points)
    points = f"{count} {'point' if count == 1 else 'points'}"
    points += f": {positive} on the object, {count - positive} beside it" if positive < count else " on the object"
    return f"marked with {' and '.join(marks) or 'a mask'}{f' · {points}' if count else ''}"


def render_reference(reference: Reference, out: Path, settings: ReportConfig) -> CardAssets:
    """Make the two pictures of a reference: "mask" with what was marked, and "points" with the similarity map.

    Args:
        reference: files and points.
        out: folder that its files are below.
        settings: the report's settings.

    Returns:
        Encoded pictures. Never raises for bad data: without the photo both say why; without the mask or the map the
        points are there, and a note says why.

    Raises:
        StoreError: a store does not answer.
    """
    try:
        photo = _photo(reference, out)
    except PictureError as error:
        missing = tuple(Picture(kind, missing=str(error)) for kind in ("mask", "points"))
        return CardAssets(reference.name, 0, 0, missing)
    stored = photo.shape[1], photo.shape[0]
    canvas = enlarge(_fit(photo, min(settings.thumbnail * ENLARGEMENT, LONGEST)))
    size = canvas.shape[1], canvas.shape[0]
    full = (reference.width, reference.height) if min(reference.width, reference.height) > 0 else stored
    marks = _marks(reference, full, size)
    masked, mask_note = _lay_mask(canvas, reference, out, stored)
    similar, map_note = lay_similarity(canvas, out, reference.similarity, full, (0, 0, *full))
    pictures = (
        Picture("mask", encode_drawing(draw_marks(_draw_box(masked, reference, full), marks)), ".jpg", note=mask_note),
        Picture("points", encode_drawing(draw_marks(similar, marks)), ".jpg", note=map_note),
    )
    return CardAssets(reference.name, *size, pictures)


def _photo(reference: Reference, out: Path) -> NDArray[np.uint8]:
    if reference.picture is None:
        raise PictureError("not written")
    try:
        return read_photo(safe_path(out, reference.picture), 0, 0, MAX_PIXELS).pixels
    except ImageProblem as problem:
        raise PictureError(problem.reason.replace("_", " ")) from problem
    except StoreError:
        raise
    except OSError as error:
        raise PictureError("image cannot be read") from error


def _fit(photo: NDArray[np.uint8], longest: int) -> NDArray[np.uint8]:
    scale = longest / max(photo.shape[:2])
    if scale >= 1:
        return photo
    size = max(round(photo.shape[1] * scale), 1), max(round(photo.shape[0] * scale), 1)
    return as_array(as_picture(photo).resize(size, Image.Resampling.BOX))


def _marks(reference: Reference, full: tuple[int, int], size: tuple[int, int]) -> list[Mark]:
    marks = []
    for number, point in enumerate(reference.points, 1):
        if (place := locate(point.x, point.y, (0, 0, *full), size)) is not None:
            marks.append(Mark(number, *place, point.positive))
    return marks


def _lay_mask(
    canvas: NDArray[np.uint8], reference: Reference, out: Path, stored: tuple[int, int]
) -> tuple[NDArray[np.uint8], str]:
    """Surroundings dimmed, mask tinted, its outline solid, as on the cards; or the canvas and why there is no mask."""
    try:
        levels = read_levels(out, reference.mask)
        if (levels.shape[1], levels.shape[0]) != stored:
            found = f"{levels.shape[1]} x {levels.shape[0]} px"
            raise PictureError(f"mask is {found}, expected {stored[0]} x {stored[1]}")
    except PictureError as error:
        return canvas, f"no mask: {error}"
    size = canvas.shape[1], canvas.shape[0]
    covered = as_array(as_picture(levels).resize(size, Image.Resampling.BILINEAR)) > 127
    line = max(round(max(size) / 300), 1)
    inner = cv2.erode(covered.astype(np.uint8), np.ones((2 * line + 1, 2 * line + 1), np.uint8)) > 0
    opacity = np.where(covered, np.where(inner, TINTED, 255), DIMMED)[..., None] / 255
    colours = np.where(covered[..., None], np.array(TINT), 0)
    return (opacity * colours + (1 - opacity) * canvas + 0.5).astype(np.uint8), ""


def _draw_box(canvas: NDArray[np.uint8], reference: Reference, full: tuple[int, int]) -> NDArray[np.uint8]:
    """The box that was marked, if one was: white with dark edges, to be seen on anything."""
    if reference.box is None:
        return canvas
    picture = as_picture(canvas)
    brush = ImageDraw.Draw(picture)
    x, y, w, h = reference.box
    across, down = picture.width / full[0], picture.height / full[1]
    line = max(round(max(picture.size) / 300), 1)
    left, right = np.clip(sorted((x * across, (x + w) * across)), -line, picture.width + line)
    top, bottom = np.clip(sorted((y * down, (y + h) * down)), -line, picture.height + line)
    for margin, width, colour in ((line, 3 * line, (0, 0, 0)), (0, line, (255, 255, 255))):
        brush.rectangle((left - margin, top - margin, right + margin, bottom + margin), outline=colour, width=width)
    return as_array(picture)
