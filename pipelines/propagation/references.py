"""A reference made ready: its photo, the object's mask, and the points the object is looked for by."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.annotations.images import Photo, read_photo
from pipelines.errors import UserError
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.config import Mark, SearchConfig
from pipelines.propagation.features import DenseFeatures, Points
from pipelines.propagation.matching import ReferenceObject
from pipelines.propagation.prompts import Marks, parse_box, parse_points, spread_points
from pipelines.propagation.segmenter import Prompt, Segmenter
from pipelines.storage.safe_paths import ImageProblem

Box = tuple[float, float, float, float]
PROMPTS = 8
"""Spread points that take the place of marked ones as prompts, where a box or mask is all that was marked."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A reference as it was marked.

    Attributes:
        name: as the user named the file.
        photo: the decoded picture.
        mask: (H, W) bool, the object.
        box: as marked, (x, y, width, height) in pixels, or None.
        marks: points as marked, possibly none.
    """

    name: str
    photo: Photo
    mask: NDArray[np.bool_]
    box: Box | None
    marks: Marks


@dataclass(frozen=True, slots=True)
class Reference:
    """One reference with its object.

    Attributes:
        name: as the user named the file.
        photo: the decoded picture.
        mask: (H, W) bool, the object.
        box: as marked, (x, y, width, height) in pixels, or None.
        points: (N, 2) float64: the marked points, then those spread over the mask.
        positive: (N,) bool.
        prompts: how many of the points, from the first on, are prompts for the segmenter.
        marked: how many of the points, from the first on, a person marked.
        object: what is looked for in targets.
    """

    name: str
    photo: Photo
    mask: NDArray[np.bool_]
    box: Box | None
    points: Points
    positive: NDArray[np.bool_]
    prompts: int
    marked: int
    object: ReferenceObject


def read_mark(mark: Mark, segmenter: Segmenter, cache: FeatureCache, max_pixels: int) -> Marked:
    """Read a reference and what was marked on it.

    Args:
        mark: what the user marked.
        segmenter: makes a mask of points or a box.
        cache: keeps what it computes.
        max_pixels: largest photo that is decoded.

    Raises:
        UserError: picture or mask cannot be used, a mark lies outside, or the marks give no mask.
    """
    name = str(mark.image)
    photo = _photo(mark, max_pixels)
    marked = parse_points(mark.points) if mark.points else Marks(np.zeros((0, 2)), np.zeros(0, np.bool_))
    _check_inside(name, marked, photo)
    box = parse_box(mark.box) if mark.box else None
    return Marked(name, photo, _mask(mark, photo, marked, box, segmenter, cache, max_pixels), box, marked)


def prepare(
    mark: Mark,
    features: DenseFeatures,
    segmenter: Segmenter,
    cache: FeatureCache,
    search: SearchConfig,
    max_pixels: int,
) -> Reference:
    """Read a reference and find the object in it.

    Args:
        mark: what the user marked.
        features, segmenter: the methods.
        cache: keeps what they compute.
        search: how many points to spread.
        max_pixels: largest photo that is decoded.

    Raises:
        UserError: picture or mask cannot be used, a mark lies outside, or the marks give no mask.
    """
    read = read_mark(mark, segmenter, cache, max_pixels)
    photo, mask, marked = read.photo, read.mask, read.marks
    spread = spread_points(mask, search.points)
    points = np.vstack([marked.points, spread])
    positive = np.concatenate([marked.positive, np.ones(len(spread), np.bool_)])
    _, _, width, height = masks.rect(masks.encode(mask))
    found = cache.features(features, photo)
    looked_for = ReferenceObject(
        features.describer(photo.pixels, found),
        photo.pixels.shape[:2],
        found.work,
        points,
        positive,
        max(width, height),
    )
    prompts = len(marked.points) if marked.positive.any() else min(len(points), len(marked.points) + PROMPTS)
    return Reference(read.name, photo, mask, read.box, points, positive, prompts, len(marked.points), looked_for)


def _photo(mark: Mark, max_pixels: int) -> Photo:
    try:
        return read_photo(mark.image, 0, 0, max_pixels)
    except ImageProblem as problem:
        raise UserError(f"{mark.image}: the reference cannot be used: {problem}") from None


def _check_inside(name: str, marked: Marks, photo: Photo) -> None:
    height, width = photo.pixels.shape[:2]
    for x, y in marked.points.tolist():
        if not (-0.5 <= x <= width - 0.5 and -0.5 <= y <= height - 0.5):
            raise UserError(f"{name}: point {x:g},{y:g} is outside the reference, which has {width}x{height} pixels")


def _mask(
    mark: Mark,
    photo: Photo,
    marked: Marks,
    box: Box | None,
    segmenter: Segmenter,
    cache: FeatureCache,
    max_pixels: int,
) -> NDArray[np.bool_]:
    if mark.mask is not None:
        return _read_mask(mark, photo, max_pixels)
    height, width = photo.pixels.shape[:2]
    if box is not None:
        x, y, w, h = box
        if x + w <= 0 or y + h <= 0 or x >= width or y >= height:
            raise UserError(f"{mark.image}: box {mark.box} is outside the reference, which has {width}x{height} pixels")
        left, top = max(x, 0.0), max(y, 0.0)
        box = left, top, min(x + w, width) - left, min(y + h, height) - top
    prompt = Prompt(marked.points, marked.positive, box)
    mask = segmenter.segment(photo.pixels, cache.encoding(segmenter, photo), prompt).mask
    if not mask.any():
        raise UserError(f"{mark.image}: {segmenter.name} finds no object at the marks; mark more of it, or give a mask")
    return mask


def _read_mask(mark: Mark, photo: Photo, max_pixels: int) -> NDArray[np.bool_]:
    assert mark.mask is not None
    try:
        pixels = read_photo(mark.mask, 0, 0, max_pixels).pixels
    except ImageProblem as problem:
        raise UserError(f"{mark.mask}: the mask cannot be used: {problem}") from None
    if pixels.shape != photo.pixels.shape:
        found, expected = (f"{p.shape[1]}x{p.shape[0]}" for p in (pixels, photo.pixels))
        raise UserError(f"{mark.mask}: the mask has {found} pixels, the reference {mark.image} has {expected}")
    mask = np.asarray(pixels.max(axis=2) >= 128)
    if not mask.any() or mask.all():
        raise UserError(f"{mark.mask}: the mask is {'all' if mask.any() else 'no'} object, expected some of both")
    return mask
