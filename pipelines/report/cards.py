"""The pictures of one instance. `render_card` is a plain function of a row and the files, so a process pool can map it.

Every picture of an instance shows the same crop at the same size. What a row says is data from strangers: a path that
leaves its folder, a file that does not decode or a size that does not fit becomes a placeholder that says so.
"""

import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco_mask

from pipelines.annotations.images import Photo, read_photo
from pipelines.config import ReportConfig
from pipelines.errors import StoreError
from pipelines.labelling.foreground import estimate_foreground
from pipelines.records import Instance
from pipelines.report.pictures import (
    DIMMED,
    FINE,
    LONGEST,
    MAX_PIXELS,
    TINT,
    TINTED,
    Box,
    Picture,
    PictureError,
    as_array,
    as_picture,
    encode,
    outline,
    read_levels,
)
from pipelines.report.prompts import draw_prompts
from pipelines.storage.safe_paths import ImageProblem, safe_path

CONTEXT = 0.15
"""Share of the box added on every side of the crop."""
MIN_CONTEXT = 8
"""Least pixels added on every side of the crop."""
ENLARGEMENT = 2
"""Pictures are this many times ``ReportConfig.thumbnail`` long, so that enlarging shows detail."""


@dataclass(frozen=True, slots=True)
class CardAssets:
    """The pictures of one instance, all of one size.

    Attributes:
        sample_id: whose.
        width, height: of every picture in pixels; 0 when there is none.
        pictures: in the order they are shown.
    """

    sample_id: str
    width: int
    height: int
    pictures: tuple[Picture, ...]


def render_card(row: Instance, out: Path, images: Path, settings: ReportConfig) -> CardAssets:
    """Make every picture of one instance.

    Args:
        row: a row of the manifest (five pictures) or of the rejects (photo, and mask where known). One with prompts
            has one more, the points.
        out: folder that the row's alpha and trimap are below.
        images: folder that the row's image is below.
        settings: the report's settings.

    Returns:
        Encoded pictures. Never raises for bad data: a picture that cannot be made says why.

    Raises:
        StoreError: a store does not answer.
    """
    accepted = row.reason is None
    try:
        photo = _photo(row, images)
    except PictureError as error:
        return _without_photo(row, out, settings, str(error), accepted)
    frame = _frame(row, (photo.shape[1], photo.shape[0]), settings)
    small = frame.shrink(photo)
    pictures = [Picture("photo", encode(small, "JPEG"), ".jpg"), _attempt("mask", lambda: _mask(row, frame))]
    if row.prompts is not None:
        pictures.append(draw_prompts(small, row.prompts, frame.full, frame.crop, out, row.similarity_path))
    if accepted:
        pictures += _matte_pictures(row, out, frame, small)
    return CardAssets(row.sample_id, *frame.size, tuple(pictures))


def _without_photo(row: Instance, out: Path, settings: ReportConfig, why: str, accepted: bool) -> CardAssets:
    """Trimap and matte need no photo; all else says why it is not there."""
    pictures = [Picture("photo", missing=why), Picture("mask", missing=why)]
    if row.prompts is not None:
        pictures.append(Picture("points", missing=why))
    if not accepted:
        return CardAssets(row.sample_id, 0, 0, tuple(pictures))
    frame = _frame(row, (row.image_width, row.image_height), settings)
    pictures += _matte_pictures(row, out, frame, None, why)
    return CardAssets(row.sample_id, *frame.size, tuple(pictures))


@dataclass(frozen=True, slots=True)
class Frame:
    """The crop that all pictures of an instance share, and the size they are shown at."""

    full: tuple[int, int]
    crop: Box
    size: tuple[int, int]

    @classmethod
    def around(cls, row: Instance, full: tuple[int, int], settings: ReportConfig, context: float = CONTEXT) -> "Frame":
        """The row's box with context; the whole image when there is no box that fits the image."""
        width, height = full
        longest = min(settings.thumbnail * ENLARGEMENT, LONGEST)
        crop = (0, 0, width, height)
        if row.bbox is not None and full == (row.image_width, row.image_height):
            crop = _with_context(row.bbox, full, context) or crop
        across, down = crop[2] - crop[0], crop[3] - crop[1]
        scale = min(1.0, longest / max(across, down, 1))
        return cls(full, crop, (max(round(across * scale), 1), max(round(down * scale), 1)))

    def cut(self, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The crop at native size.

        Raises:
            PictureError: ``pixels`` is not the size of the image.
        """
        if (pixels.shape[1], pixels.shape[0]) != self.full:
            raise PictureError(f"{pixels.shape[1]} x {pixels.shape[0]} px, expected {self.full[0]} x {self.full[1]}")
        left, top, right, bottom = self.crop
        return pixels[top:bottom, left:right]

    def shrink(self, pixels: NDArray[np.uint8], how: Image.Resampling = Image.Resampling.BOX) -> NDArray[np.uint8]:
        """The crop at the size shown. Averaging by default: it invents no value beyond those it averages."""
        part = self.cut(pixels)
        return (
            part if (part.shape[1], part.shape[0]) == self.size else as_array(as_picture(part).resize(self.size, how))
        )


def _frame(row: Instance, full: tuple[int, int], settings: ReportConfig) -> Frame:
    """Around the instance; all of a composed image, since words relate an entity to others."""
    return Frame.around(row if row.composed_path is None else replace(row, bbox=None), full, settings)


def _with_context(bbox: Box, full: tuple[int, int], context: float) -> Box | None:
    """An (x, y, w, h) box widened by a share on every side and cut at the image's edge; None when it lies outside."""
    x, y, w, h = bbox
    margin = max(round(max(w, h) * context), MIN_CONTEXT)
    left, top = max(x - margin, 0), max(y - margin, 0)
    right, bottom = min(x + w + margin, full[0]), min(y + h + margin, full[1])
    return (left, top, right, bottom) if left < right and top < bottom else None


def _photo(row: Instance, images: Path) -> NDArray[np.uint8]:
    """The photo as it was matted; as stored when its size is not the annotated one, since then nothing was."""
    size = row.image_width, row.image_height
    try:
        return _read(row, images, size).pixels
    except ImageProblem as problem:
        if problem.reason != "image_wrong_size":
            raise PictureError(problem.reason.replace("_", " ")) from problem
    try:
        return _read(row, images, (0, 0)).pixels
    except ImageProblem as problem:
        raise PictureError(problem.reason.replace("_", " ")) from problem


def _read(row: Instance, images: Path, size: tuple[int, int]) -> Photo:
    try:
        return read_photo(safe_path(images, row.image_path), *size, MAX_PIXELS)
    except StoreError:
        raise
    except OSError as error:
        raise PictureError("image cannot be read") from error


def _attempt(kind: str, make: Callable[[], bytes]) -> Picture:
    """The picture, or a placeholder when its data will not do."""
    try:
        return Picture(kind, make(), ".png")
    except PictureError as error:
        return Picture(kind, missing=str(error))


def _mask(row: Instance, frame: Frame) -> bytes:
    """A see-through layer: surroundings dimmed, mask tinted, its outline solid. Just the box when there is no mask."""
    if row.mask_rle is not None:
        covered = _enlarge(frame.shrink(_decode(row.mask_rle, frame.full), Image.Resampling.NEAREST))
        levels = covered.copy()
        levels[outline(covered.astype(bool))] = 2
    elif row.bbox is not None:
        x, y, w, h = row.bbox
        covered = np.zeros((frame.full[1], frame.full[0]), np.uint8)
        covered[max(y, 0) : max(y + h, 0), max(x, 0) : max(x + w, 0)] = 1
        covered = _enlarge(frame.shrink(covered, Image.Resampling.NEAREST))
        levels = np.where(outline(covered.astype(bool)), 2, 3 * covered).astype(np.uint8)
    else:
        raise PictureError("no mask")
    return _encode_layer(levels)


def _enlarge(covered: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Repeat the pixels of a small mask, so that its outline does not hide what it surrounds."""
    times = max(FINE // max(covered.shape), 1)
    return covered.repeat(times, axis=0).repeat(times, axis=1)


def _decode(rle: dict[str, Any], full: tuple[int, int]) -> NDArray[np.uint8]:
    height, width = (int(side) for side in rle["size"])
    if (width, height) != full:
        raise PictureError(f"mask is {width} x {height} px, expected {full[0]} x {full[1]}")
    try:
        decoded: NDArray[np.uint8] = coco_mask.decode({"size": [height, width], "counts": rle["counts"]})
    except (ValueError, TypeError) as error:
        raise PictureError("mask does not decode") from error
    return decoded


def _matte_pictures(
    row: Instance, out: Path, frame: Frame, small: NDArray[np.uint8] | None, why: str = ""
) -> list[Picture]:
    """Trimap, matte and cutout; no cutout without the photo."""
    trimap = _attempt("trimap", lambda: _trimap(read_levels(out, row.trimap_path), frame))
    try:
        alpha = frame.shrink(read_levels(out, row.alpha_path))
    except PictureError as error:
        return [trimap, Picture("matte", missing=str(error)), Picture("cutout", missing=str(error))]
    matte = Picture("matte", encode(alpha, "PNG"), ".png")
    if small is None:
        return [trimap, matte, Picture("cutout", missing=why)]
    # The foreground's colours run on under alpha 0, unlike in a cutout file: black there would bleed back into the
    # rim through WebP's lossy blocks.
    colours = estimate_foreground(small, alpha.astype(np.float32) / np.float32(255))
    return [trimap, matte, Picture("cutout", encode(np.dstack([colours, alpha]), "WEBP"), ".webp")]


def _trimap(full: NDArray[np.uint8], frame: Frame) -> bytes:
    levels = frame.shrink(full, Image.Resampling.NEAREST)
    known = (levels == 0) | (levels == 255)
    return encode(np.where(known, levels, 128).astype(np.uint8), "PNG")


def _encode_layer(levels: NDArray[np.uint8]) -> bytes:
    """A palette PNG with transparency: 0 dimmed, 1 tinted, 2 outline, 3 clear."""
    layer = as_picture(levels)
    layer.putpalette([0, 0, 0, *TINT, *TINT, 0, 0, 0])
    file = io.BytesIO()
    layer.save(file, "PNG", optimize=True, transparency=bytes([DIMMED, TINTED, 255, 0]))
    return file.getvalue()
