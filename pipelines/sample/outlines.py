"""Annotations as coarse as COCO's: what a person with a mouse draws around what they see."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as coco_mask

from pipelines.sample.shapes import Plane

Mask = NDArray[np.uint8]
"""(H, W) uint8, 0 or 1."""
CATEGORIES: dict[int, tuple[str, str]] = {
    1: ("person", "person"), 18: ("dog", "animal"), 27: ("backpack", "accessory"), 28: ("umbrella", "accessory"),
    31: ("handbag", "accessory"), 32: ("tie", "accessory"), 37: ("sports ball", "sports"),
    40: ("baseball glove", "sports"), 43: ("tennis racket", "sports"), 44: ("bottle", "kitchen"),
    46: ("wine glass", "kitchen"), 47: ("cup", "kitchen"), 62: ("chair", "furniture"),
}  # fmt: skip
"""COCO's ids, names and supercategories of what the sample shows."""
LEAST_PART = 24
"""Pixels; smaller parts are not worth an annotator's click."""


def visible(seen: Plane, human: bool) -> Mask:
    """What an annotator takes for the object: mostly opaque, and no thinner than a few pixels.

    Args:
        seen: (H, W) float32 in [0, 1], share of each pixel that shows the object.
        human: people lose strands and fingers in proportion to their size; accessories keep straps and stems.
    """
    mask = (seen > 0.5).astype(np.uint8)
    area = float(mask.sum())
    opened = _opened(mask, int(np.clip(area**0.5 / 40, 1, 9)) if human else 1)
    return opened if opened.sum() > 0.6 * area else mask


def _opened(mask: Mask, radius: int) -> Mask:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, kernel), np.uint8)


def leave_gap(person: Mask, accessories: list[Mask], rng: np.random.Generator) -> Mask:
    """The person without a seam of up to three pixels around each accessory: polygons seldom meet."""
    out = person.copy()
    for mask in accessories:
        width = int(rng.integers(0, 4))
        if width:
            out[cv2.dilate(mask, np.ones((2 * width + 1, 2 * width + 1), np.uint8)) > 0] = 0
    return out


def open_holes(mask: Mask, rng: np.random.Generator) -> Mask:
    """Cut a slit to most large holes: a polygon cannot have one, and some annotators just fill it."""
    out = mask.copy()
    contours, tree = cv2.findContours(out, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    if tree is None:
        return out
    for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
        if parent < 0 or cv2.contourArea(contour) < 60 or rng.random() < 0.15:
            continue
        outline = contours[parent].reshape(-1, 2).astype(np.float64)
        hole = contour.reshape(-1, 2).astype(np.float64)
        away = ((hole[:, None] - outline[None]) ** 2).sum(2)
        i, j = np.unravel_index(int(away.argmin()), away.shape)
        reach = outline[j] + 2 * np.sign(outline[j] - hole[i])
        cv2.line(out, tuple(int(v) for v in hole[i]), tuple(int(v) for v in reach), 0, 1)
    return out


def polygons(mask: Mask, rng: np.random.Generator) -> list[list[float]]:
    """Outlines as somebody clicks them: few vertices, each about a pixel off.

    Returns:
        Flat lists x, y, x, y, ... of at least three vertices each; empty when there is nothing to outline.
    """
    h, w = mask.shape
    contours, _ = cv2.findContours(open_holes(mask, rng), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    out = []
    for contour in contours:
        area = cv2.contourArea(contour)
        if area < LEAST_PART:
            continue
        # Large objects are clicked with larger steps.
        epsilon = float(rng.uniform(1.2, 2.4)) if area > 3000 else 1.0
        points = cv2.approxPolyDP(contour, epsilon, True).reshape(-1, 2).astype(np.float64)
        if len(points) < 3:
            continue
        points += 0.5 + rng.normal(0, 0.8 if area > 1500 else 0.35, points.shape)
        points = np.clip(points, 0, [w, h])
        out.append([round(float(v), 2) for v in points.ravel()])
    return out


def rle(mask: Mask) -> dict[str, Any]:
    """Compressed run lengths."""
    out = coco_mask.encode(np.asfortranarray(mask))
    return {"size": [int(v) for v in out["size"]], "counts": out["counts"].decode("ascii")}


def runs(mask: Mask) -> dict[str, Any]:
    """Uncompressed run lengths."""
    flat = mask.ravel(order="F")
    edges = np.flatnonzero(np.diff(flat)) + 1
    lengths = np.diff(np.concatenate([[0], edges, [flat.size]])).tolist()
    return {"size": list(mask.shape), "counts": [0, *lengths] if flat[0] else lengths}


def segmentation(mask: Mask, form: str, rng: np.random.Generator) -> Any:
    """A mask as "polygon", "rle" (compressed) or "runs" (uncompressed); run lengths hold what polygons would."""
    outlines = polygons(mask, rng)
    if form == "polygon" or not outlines:
        return outlines
    coarse = decode(outlines, mask.shape)
    return rle(coarse) if form == "rle" else runs(coarse)


def decode(outlines: Any, size: tuple[int, ...]) -> Mask:
    """Rasterise any segmentation the way COCO does."""
    h, w = size
    if isinstance(outlines, list):
        packed = coco_mask.merge(coco_mask.frPyObjects(outlines, h, w))
    elif isinstance(outlines["counts"], list):
        packed = coco_mask.frPyObjects(outlines, h, w)
    else:
        packed = outlines
    return np.asarray(coco_mask.decode(packed), np.uint8)


def annotation(ident: int, image: int, category: int, shape: Any, size: tuple[int, int], crowd: bool) -> dict[str, Any]:
    """One COCO annotation; box and area are those of the segmentation, as in COCO."""
    mask = decode(shape, size)
    x, y, w, h = cv2.boundingRect(mask)
    return {
        "id": ident,
        "image_id": image,
        "category_id": category,
        "segmentation": shape,
        "bbox": [float(x), float(y), float(w), float(h)],
        "area": float(mask.sum()),
        "iscrowd": int(crowd),
    }
