"""Accessory fusion: what a person wears, carries or holds joins the person's mask (COCO-Matting, section 3.2)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from pipelines.annotations.masks import Rle, as_text, rect
from pipelines.config import FusionConfig


@dataclass(frozen=True, slots=True)
class Region:
    """One annotated region of an image.

    Attributes:
        annotation_id: id in the annotation file; breaks ties.
        category: category name.
        rle: compressed run lengths of the whole image, as ``pipelines.annotations.masks.to_rle`` gives them.
    """

    annotation_id: int
    category: str
    rle: Rle


def fuse(subjects: Sequence[Region], accessories: Sequence[Region], config: FusionConfig) -> list[list[int]]:
    """Decide which accessories belong to which subject.

    An accessory passes for a subject when their bounding rectangles overlap by more than
    ``config.overlap_threshold`` and the accessory, dilated by a square of ``config.contact_kernel`` pixels (OpenCV's
    anchor), meets the subject's mask. ``config.overlap`` is the share of the accessory's rectangle, or the symmetric
    IoU the paper prints. Where it passes for several subjects, ``config.assign`` gives it to the one with the larger
    contact area (pixels of dilated accessory on the subject; smaller annotation id on a tie) or to all.

    Args:
        subjects, accessories: regions of one image; sizes agree. Categories are not looked at, but a region is never
            its own accessory.

    Returns:
        For each subject, indices into ``accessories``, ascending.

    Raises:
        ValueError: sizes disagree.
    """
    fused: list[list[int]] = [[] for _ in subjects]
    if not subjects or not accessories:
        return fused
    sizes = {tuple(r.rle["size"]) for r in (*subjects, *accessories)}
    if len(sizes) > 1:
        raise ValueError(f"regions of one image have one size, got {sorted(sizes)}")
    near = _overlaps(subjects, accessories, config.overlap) > config.overlap_threshold
    pixels = _Pixels(subjects)
    for a, accessory in enumerate(accessories):
        passing = np.flatnonzero(near[a]).tolist()
        candidates = [s for s in passing if subjects[s].annotation_id != accessory.annotation_id]
        if not candidates:
            continue
        contact = pixels.contact(accessory, candidates, config.contact_kernel)
        touching = [s for s in candidates if contact[s]]
        if config.assign == "largest-contact" and touching:
            touching = [min(touching, key=lambda s: (-contact[s], subjects[s].annotation_id))]
        for s in touching:
            fused[s].append(a)
    return fused


def with_accessories(
    regions: list[Region], things: list[Region], config: FusionConfig
) -> Iterator[tuple[Region, list[Region]]]:
    """Subjects, each with what is fused into it. What is both, as with all categories, can join and stand alone."""
    wearers = [region for region in regions if config.has_accessories(region.category)]
    things = things + [region for region in regions if config.is_accessory(region.category)]
    joined = {id(wearer): found for wearer, found in zip(wearers, fuse(wearers, things, config), strict=True)}
    for region in regions:
        yield region, [things[index] for index in joined.get(id(region), [])]


def fused_mask(subject: Region, fused: Sequence[Region]) -> Rle:
    """Compressed run lengths of the union of a subject and the accessories fused into it."""
    if not fused:
        return as_text(subject.rle)
    return as_text(coco_mask.merge([subject.rle, *(r.rle for r in fused)]))


def _overlaps(subjects: Sequence[Region], accessories: Sequence[Region], overlap: str) -> NDArray[np.float64]:
    """(accessories, subjects) float64 overlaps of bounding rectangles, in [0, 1]."""
    rects = [np.array([rect(r.rle) for r in regions], np.float64) for regions in (accessories, subjects)]
    # For a "crowd" ground truth COCO divides by the area of the detection, here the accessory.
    crowd = [overlap == "accessory"] * len(subjects)
    return np.asarray(coco_mask.iou(rects[0], rects[1], crowd), np.float64)


class _Pixels:
    """Subjects' pixels, each decoded at most once."""

    def __init__(self, subjects: Sequence[Region]) -> None:
        self._subjects = subjects
        self._decoded: dict[int, NDArray[np.uint8]] = {}

    def contact(self, accessory: Region, candidates: Sequence[int], kernel: int) -> dict[int, int]:
        """Pixels that the dilated accessory shares with each candidate subject.

        Only the surroundings of the accessory are looked at; dilation reaches no farther.
        """
        x, y, w, h = (int(v) for v in rect(accessory.rle))
        crop = np.s_[max(0, y - kernel) : y + h + kernel, max(0, x - kernel) : x + w + kernel]
        alone = np.ascontiguousarray(coco_mask.decode(accessory.rle)[crop])
        dilated = np.asarray(cv2.dilate(alone, np.ones((kernel, kernel), np.uint8)), np.uint8)
        return {s: int(np.count_nonzero(dilated & self._subject(s)[crop])) for s in candidates}

    def _subject(self, index: int) -> NDArray[np.uint8]:
        if index not in self._decoded:
            self._decoded[index] = coco_mask.decode(self._subjects[index].rle)
        return self._decoded[index]
