"""COCO annotations of a scene, as coarse as people draw them."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from pipelines.sample.scene import Thing

CATEGORIES: dict[str, tuple[int, str]] = {
    "person": (1, "person"),
    "dog": (18, "animal"),
    "backpack": (27, "accessory"),
    "umbrella": (28, "accessory"),
    "handbag": (31, "accessory"),
    "tie": (32, "accessory"),
    "suitcase": (33, "accessory"),
    "sports ball": (37, "sports"),
    "baseball glove": (40, "sports"),
    "tennis racket": (43, "sports"),
    "bottle": (44, "kitchen"),
    "wine glass": (46, "kitchen"),
    "cup": (47, "kitchen"),
    "chair": (62, "furniture"),
    "cell phone": (77, "electronic"),
    "book": (84, "indoor"),
    "teddy bear": (88, "indoor"),
}
"""COCO's id and supercategory of every category in the sample."""
SMALL = 32 * 32
"""COCO's bound between small and medium objects, in pixels."""
Mask = NDArray[np.bool_]
"""(H, W) bool."""


def annotate(things: list[Thing], image_id: int, first_id: int, rng: np.random.Generator) -> list[dict[str, Any]]:
    """One annotation per object that can be seen, in COCO's format.

    Args:
        things: objects of one image.
        image_id: id of the image.
        first_id: id of the first object; the i-th gets ``first_id + i``.
        rng: what annotators get wrong comes from it.
    """
    drawn = [_drawn(thing) for thing in things]
    out = []
    for i, thing in enumerate(things):
        mask = drawn[i]
        if thing.category == "person" and not thing.crowd and rng.random() < 0.6:
            carried = [m for other, m in zip(things, drawn, strict=True) if other.truth is None]
            mask = mask & ~_near(carried, mask.shape, rng)
        if not mask.any():
            continue
        segmentation = _segmentation(mask, thing, rng)
        if segmentation is None:
            continue
        rle = to_rle(segmentation, *mask.shape)
        if not coco_mask.area(rle):
            continue
        out.append({
            "segmentation": segmentation,
            "area": float(coco_mask.area(rle)),
            "iscrowd": int(thing.crowd),
            "image_id": image_id,
            "bbox": [round(float(v), 2) for v in coco_mask.toBbox(rle)],
            "category_id": CATEGORIES[thing.category][0],
            "id": first_id + i,
        })  # fmt: skip
    return out


def degenerate(x: float, y: float, image_id: int, annotation_id: int) -> dict[str, Any]:
    """A person annotated with two clicks: a polygon of 4 numbers, as COCO has some."""
    return {
        "segmentation": [[x, y, x + 7.5, y + 11.0]],
        "area": 41.25,
        "iscrowd": 0,
        "image_id": image_id,
        "bbox": [x, y, 7.5, 11.0],
        "category_id": 1,
        "id": annotation_id,
    }


def to_rle(segmentation: Any, height: int, width: int) -> Any:
    """pycocotools' run lengths of any of COCO's three kinds of segmentation."""
    if isinstance(segmentation, list):
        return coco_mask.merge(coco_mask.frPyObjects(segmentation, height, width))
    if isinstance(segmentation["counts"], list):
        return coco_mask.frPyObjects(segmentation, height, width)
    return segmentation


def _drawn(thing: Thing) -> Mask:
    """What is mostly there, without the thin strands nobody traces."""
    mask = (thing.seen > 0.5).astype(np.uint8)
    if thing.category == "person" and not thing.crowd and mask.sum() > SMALL:
        r = int(np.clip(np.sqrt(mask.sum()) / 60, 1, 5))
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * r + 1, 2 * r + 1))
        mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)
    return np.asarray(mask > 0)


def _near(masks: list[Mask], shape: tuple[int, ...], rng: np.random.Generator) -> Mask:
    """Pixels within 1 or 2 of any mask: the gap between two outlines drawn one after the other."""
    if not masks:
        return np.zeros(shape, bool)
    r = int(rng.integers(1, 3))
    union = np.logical_or.reduce(masks).astype(np.uint8)
    return np.asarray(cv2.dilate(union, np.ones((2 * r + 1, 2 * r + 1), np.uint8)) > 0)


def _segmentation(mask: Mask, thing: Thing, rng: np.random.Generator) -> Any:
    """Mostly polygons; some compressed and some uncompressed run lengths."""
    kind = rng.random()
    if thing.crowd:
        grown = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_CLOSE, np.ones((9, 9), np.uint8))
        return _counts(np.asarray(grown > 0))
    if kind < 0.07:
        return _counts(mask)
    if kind < 0.16:
        rle = coco_mask.encode(np.asfortranarray(mask, np.uint8))
        return {"size": [int(v) for v in rle["size"]], "counts": rle["counts"].decode("ascii")}
    return _polygons(mask, rng) or None


def _counts(mask: Mask) -> dict[str, Any]:
    """Uncompressed run lengths, column by column, zeros first."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    turns = np.flatnonzero(flat[1:] != flat[:-1])
    runs = np.diff(np.concatenate([[0], turns, [mask.size]]))
    return {"size": [int(v) for v in mask.shape], "counts": [int(v) for v in runs]}


def _polygons(mask: Mask, rng: np.random.Generator) -> list[list[float]]:
    """Outlines with few, slightly misplaced corners. COCO's polygons have no holes: shapes with large ones are cut."""
    height, width = mask.shape
    area = int(mask.sum())
    size = float(np.sqrt(max(area, 1)))
    out: list[list[float]] = []
    for part in _without_holes(mask, rng.random() < 0.7):
        # CHAIN_APPROX_NONE: every pixel of the outline, for approxPolyDP to choose from.
        outlines, _ = cv2.findContours(part.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        for outline in sorted(outlines, key=cv2.contourArea, reverse=True):
            if cv2.contourArea(outline) < max(0.003 * area, 12.0) and out:
                continue
            detail = float(np.clip(size / 80, 0.6, 2.4) * rng.uniform(0.8, 1.25))
            corners = cv2.approxPolyDP(outline, detail, True)[:, 0]
            if len(corners) < 3:
                continue
            jitter = rng.normal(0, float(np.clip(size / 200, 0.15, 0.9)), corners.shape)
            placed = np.clip(corners + 0.5 + jitter, 0, (width, height))
            out.append([round(float(v), 2) for v in placed.ravel()])
    return out


def _without_holes(mask: Mask, careful: bool) -> list[Mask]:
    """The mask cut through its largest hole, if it is large and the annotator ``careful``; else the mask."""
    outlines, tree = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    holes = [o for o, links in zip(outlines, tree[0], strict=True) if links[3] >= 0] if tree is not None else []
    large = [hole for hole in holes if cv2.contourArea(hole) > max(0.004 * mask.sum(), 40)]
    if not large or not careful:
        return [mask]
    middle = round(float(np.mean([hole[:, 0, 0].mean() for hole in large[:1]])))
    left, right = mask.copy(), mask.copy()
    # The halves overlap, since polygons through pixel centres would leave a seam.
    left[:, middle + 2 :] = False
    right[:, : middle - 1] = False
    return [piece for half in (left, right) for piece in ([half] if len(large) == 1 else _without_holes(half, True))]
