"""Masks as people and networks draw them, made from alpha mattes: what a mask-to-matte network is trained on."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]

SHARES = {
    "exact": 0.1,
    "polygon": 0.35,
    "smoothed polygon": 0.14,
    "grown or shrunk": 0.1,
    "mask head": 0.08,
    "hair cut off": 0.15,
    "hull": 0.03,
    "wobble": 0.05,
}
"""Kind to its share; ``coarsen`` says what they are."""
_WOBBLED = ("grown or shrunk", "hair cut off", "hull", "wobble")
HEAD_SIDES = (28, 56)
"""Cells of the masks that instance segmentation networks predict in a box."""
FILLED = 0.1
"""Share of masks whose holes are filled."""
TRANSLUCENT = 25
"""Alpha from which a broad region is part of the object: glass, veils, smoke."""
DEEPEST = 2.5
"""So many u inside its outline a mask is right. Deeper false filling taught the network to open real objects wherever
their colours are the background's."""
LEAST_LEFT = 0.3
"""Of the exact mask's area; a coarse mask with less is another object's."""


def coarsen(alpha: NDArray[np.uint8], rng: np.random.Generator) -> Mask:
    """A mask of an object as data sets have them, at random.

    Lengths go with u, a twentieth of the square root of the object's area: 10 px for an object of 200 x 200. First
    alpha is cut at 127, in 30% of the cases at a value of 60 to 190, broad translucent parts are added, and in 10% of
    the cases holes are filled. Then one of:

    - polygon (35%): few corners, off the outline by 0.04 to 0.4 u, and jittered;
    - smoothed polygon (14%): the same after details of 0.2 to 1 u were opened or closed;
    - grown or shrunk (10%) by up to 0.5 u;
    - mask head (8%): drawn on 28 x 28 or 56 x 56 cells of the box, and a little aside;
    - hair cut off (15%): what is thinner than 0.3 to 1.6 u is gone; half are polygons besides;
    - hull (3%): one drawn around the hair, alpha cut at 13 and closed by 0.2 to 1.2 u;
    - wobble (5%);
    - exact (10%).

    Wobble moves the outline smoothly by 0.05 to 0.35 u; all but polygons, mask heads and exact masks have it, and 30%
    of these too. Last, background is taken out where it would lie deeper than 2.5 u inside.

    In sum masks are as often too small as too large, as those of data sets are. Where they were too large three times
    as often, the network learned to make mattes smaller than their masks.

    Args:
        alpha: (H, W) uint8; alpha = value / 255.
        rng: everything random comes from it.

    Returns:
        (H, W) uint8 of 0 and 1; the exact mask (alpha above 127, and broad translucent parts) where less than 30% of
        its area would be left, so empty only if that is.
    """
    exact = _exact(alpha)
    if not exact.any():
        return exact
    unit = math.sqrt(exact.sum()) / 20
    kind = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    mask = _change(kind, _cut(alpha, exact, rng), alpha, unit, rng)
    if kind in _WOBBLED or rng.random() < 0.3:
        mask = _wobble(mask, unit, rng)
    mask = _shallow(mask, alpha, unit)
    return mask if mask.sum() > LEAST_LEFT * exact.sum() else exact


def _exact(alpha: NDArray[np.uint8]) -> Mask:
    """What a person would call the object: opaque parts, and translucent ones that are broad, unlike tips of hair."""
    opaque = (alpha > 127).astype(np.uint8)
    visible = (alpha > TRANSLUCENT).astype(np.uint8)
    side = 2 * max(1, round(math.sqrt(visible.sum()) / 20)) + 1
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    # Without the opaque parts, whose soft rim opening would leave in place.
    return opaque | cv2.morphologyEx(visible & ~opaque, cv2.MORPH_OPEN, ellipse).astype(np.uint8, copy=False)


def _shallow(mask: Mask, alpha: NDArray[np.uint8], unit: float) -> Mask:
    """Without the background around places that are wrong too deep inside."""
    deep = cv2.distanceTransform(mask, cv2.DIST_L2, 5) > DEEPEST * unit
    wrong = (deep & (alpha <= TRANSLUCENT)).astype(np.uint8)
    if not wrong.any():
        return mask
    around = _morph(wrong, cv2.MORPH_DILATE, 2 * unit + 1)
    return np.where((around > 0) & (alpha <= TRANSLUCENT), 0, mask).astype(np.uint8)


def _cut(alpha: NDArray[np.uint8], exact: Mask, rng: np.random.Generator) -> Mask:
    level = 127 if rng.random() < 0.7 else rng.uniform(60, 190)
    mask = (alpha > level).astype(np.uint8) | (exact & (alpha <= 127))
    if not mask.any():
        mask = exact
    if rng.random() < FILLED:
        outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
        return _drawn([np.asarray(outline, np.int32) for outline in outlines], mask.shape)
    return mask


def _change(kind: str, mask: Mask, alpha: NDArray[np.uint8], unit: float, rng: np.random.Generator) -> Mask:
    if kind == "polygon":
        return _polygon(mask, unit, rng)
    if kind == "smoothed polygon":
        way = cv2.MORPH_OPEN if rng.random() < 0.5 else cv2.MORPH_CLOSE
        return _polygon(_morph(mask, way, rng.uniform(0.2, 1) * unit), unit, rng)
    if kind == "grown or shrunk":
        way = cv2.MORPH_DILATE if rng.random() < 0.45 else cv2.MORPH_ERODE
        return _morph(mask, way, rng.uniform(0, 0.5) * unit)
    if kind == "mask head":
        return _mask_head(mask, unit, rng)
    if kind == "hair cut off":
        opened = _morph(mask, cv2.MORPH_OPEN, rng.uniform(0.3, 1.6) * unit)
        return opened if rng.random() < 0.5 else _polygon(opened, unit, rng)
    if kind == "hull":
        return _morph((alpha > 13).astype(np.uint8), cv2.MORPH_CLOSE, rng.uniform(0.2, 1.2) * unit)
    return mask


def _morph(mask: Mask, way: int, radius: float) -> Mask:
    side = 2 * max(1, round(radius)) + 1
    ellipse = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return cv2.morphologyEx(mask, way, ellipse).astype(np.uint8, copy=False)


def _polygon(mask: Mask, unit: float, rng: np.random.Generator) -> Mask:
    error = _log_uniform(0.04, 0.4, rng) * unit
    holes = cv2.RETR_EXTERNAL if rng.random() < 0.6 else cv2.RETR_CCOMP
    outlines, _ = cv2.findContours(mask, holes, cv2.CHAIN_APPROX_NONE)
    polygons = []
    for outline in outlines:
        corners = cv2.approxPolyDP(outline, error, True)
        if len(corners) >= 3:
            polygons.append(np.rint(corners + rng.normal(0, error / 2, corners.shape)).astype(np.int32))
    return _drawn(polygons, mask.shape) if polygons else mask


def _drawn(polygons: list[NDArray[np.int32]], shape: tuple[int, ...]) -> Mask:
    empty = np.zeros(shape, np.uint8)
    return cv2.fillPoly(empty, polygons, 1).astype(np.uint8, copy=False)


def _mask_head(mask: Mask, unit: float, rng: np.random.Generator) -> Mask:
    side = int(rng.choice(HEAD_SIDES))
    left, top, width, height = cv2.boundingRect(mask)
    inside = slice(top, top + height), slice(left, left + width)
    cells = cv2.resize(mask[inside].astype(np.float32), (side, side), interpolation=cv2.INTER_AREA)
    predicted = np.zeros_like(mask)
    predicted[inside] = cv2.resize(cells, (width, height), interpolation=cv2.INTER_LINEAR) > 0.5
    aside = np.array([[1, 0, rng.normal(0, 0.1 * unit)], [0, 1, rng.normal(0, 0.1 * unit)]])
    moved = cv2.warpAffine(predicted, aside, mask.shape[::-1], flags=cv2.INTER_NEAREST)
    return moved.astype(np.uint8, copy=False)


def _wobble(mask: Mask, unit: float, rng: np.random.Generator) -> Mask:
    height, width = mask.shape
    step = max(2, int(rng.uniform(0.5, 4) * unit))
    far = _log_uniform(0.05, 0.35, rng) * unit
    grid = (height // step + 2, width // step + 2)
    aside_x, aside_y = (
        cv2.resize(rng.normal(0, far, grid).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
        for _ in range(2)
    )
    from_x = (np.arange(width) + aside_x).astype(np.float32)
    from_y = (np.arange(height)[:, None] + aside_y).astype(np.float32)
    moved = cv2.remap(mask.astype(np.float32), from_x, from_y, cv2.INTER_LINEAR)
    return (moved > 0.5).astype(np.uint8)


def _log_uniform(low: float, high: float, rng: np.random.Generator) -> float:
    return math.exp(rng.uniform(math.log(low), math.log(high)))
