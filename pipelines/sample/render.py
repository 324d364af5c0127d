"""Scenes turned into pixels, true alphas and annotations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.sample.cast import SCENES, Scene
from pipelines.sample.layers import composite, shares
from pipelines.sample.outlines import CATEGORIES, Mask, annotation, leave_gap, segmentation, visible
from pipelines.sample.staging import PERSON, Instance, stage
from pipelines.sample.writer import TINY

FIRST_IMAGE = 101
DEGENERATE_IN = 2
"""Index of the scene that gets a polygon of two points, a slip of the mouse."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """One finished image.

    Attributes:
        image: COCO's image record.
        annotations: COCO's annotation records.
        pixels: (H, W, 3) uint8 RGB.
        truths: annotation id to (H, W) uint8 true alpha.
    """

    image: dict[str, Any]
    annotations: list[dict[str, Any]]
    pixels: NDArray[np.uint8]
    truths: dict[int, NDArray[np.uint8]]


def categories() -> list[dict[str, Any]]:
    """COCO's category records, by id."""
    return [{"id": i, "name": name, "supercategory": above} for i, (name, above) in sorted(CATEGORIES.items())]


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[0, 1] to 0..255, rounded once."""
    return np.asarray(np.floor(np.clip(values, 0, 1) * 255 + 0.5), np.uint8)


def render(seed: int) -> Iterator[Rendered]:
    """Render all scenes, each from its own generator, so that changing one leaves the others alone."""
    for index, scene in enumerate(SCENES):
        yield render_scene(scene, index, np.random.default_rng([seed, index]))


def render_scene(scene: Scene, index: int, rng: np.random.Generator) -> Rendered:
    """Render one scene."""
    built = stage(scene, rng)
    truth, seen = shares(built.size, built.layers)
    masks = {i: visible(plane, built.instances[i].human) for i, plane in seen.items()}
    masks = {i: _seamed(i, built.instances, masks, rng) for i in masks}
    image_id = FIRST_IMAGE + index
    records: list[dict[str, Any]] = []
    truths: dict[int, NDArray[np.uint8]] = {}
    for i, instance in enumerate(built.instances):
        shape = segmentation(masks[i], _form(instance, i, index), rng) if i in masks else []
        if not shape:
            continue
        ident = image_id * 100 + i + 1
        records.append(annotation(ident, image_id, instance.category, shape, built.size, instance.crowd))
        if instance.human and records[-1]["area"] >= TINY:
            truths[ident] = to_bytes(truth[i])
    if index == DEGENERATE_IN:
        records.append(_degenerate(image_id))
    height, width = built.size
    name = f"{image_id:012d}.jpg"
    image = {"id": image_id, "file_name": name, "width": width, "height": height, "license": 1}
    return Rendered(image, records, to_bytes(composite(built.background, built.layers)), truths)


def _seamed(i: int, instances: list[Instance], masks: dict[int, Mask], rng: np.random.Generator) -> Mask:
    mine = [masks[j] for j, other in enumerate(instances) if other.owner == i and j in masks]
    return leave_gap(masks[i], mine, rng) if mine else masks[i]


def _form(instance: Instance, i: int, index: int) -> str:
    """Mostly polygons, as in COCO; crowds are run lengths."""
    if instance.crowd:
        return "runs"
    return {3: "rle", 7: "runs"}.get((index + 2 * i) % 11, "polygon")


def _degenerate(image_id: int) -> dict[str, Any]:
    return {
        "id": image_id * 100 + 99,
        "image_id": image_id,
        "category_id": PERSON,
        "segmentation": [[40.0, 60.0, 52.5, 61.0]],
        "bbox": [40.0, 60.0, 12.5, 1.0],
        "area": 0.0,
        "iscrowd": 0,
    }
