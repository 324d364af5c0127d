"""What a person marks on a reference: points, a box or a mask."""

import math
import re
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.errors import UserError
from pipelines.propagation.features import Points

_POINT = re.compile(r"([-+\d.e]+),([-+\d.e]+)(?::([-+]))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Marks:
    """Points on a reference.

    Attributes:
        points: (N, 2) float64 of (x, y) in pixels; the centre of the first pixel is (0, 0).
        positive: (N,) bool; True on the object, False beside it.
    """

    points: Points
    positive: NDArray[np.bool_]


def parse_points(text: str) -> Marks:
    """``"120,80 200,150:-"``: x,y in pixels, each followed by ``:-`` if it is beside the object, or ``:+``.

    Raises:
        UserError: something else, or no point at all.

    Example:
        >>> parse_points("120,80 200,150:-").positive
        array([ True, False])
    """
    points, positive = [], []
    for word in text.split():
        found = _POINT.fullmatch(word)
        if found is None:
            raise UserError(f"points: {word!r} is no point, expected x,y or x,y:- such as 120,80 200,150:-")
        points.append([_number(found[1], word), _number(found[2], word)])
        positive.append(found[3] != "-")
    if not points:
        raise UserError("points: none given, expected x,y or x,y:- such as 120,80 200,150:-")
    return Marks(np.array(points, np.float64), np.array(positive))


def parse_box(text: str) -> tuple[float, float, float, float]:
    """``"x,y,width,height"`` in pixels, as COCO's boxes.

    Raises:
        UserError: not four numbers, or no width or height.
    """
    words = [word for word in re.split(r"[,\s]+", text) if word]
    if len(words) != 4:
        raise UserError(f"box: {text!r} has {len(words)} numbers, expected x,y,width,height")
    x, y, width, height = (_number(word, text, "box") for word in words)
    if width <= 0 or height <= 0:
        raise UserError(f"box: {text!r} is empty, expected a width and height above 0")
    return x, y, width, height


def _number(word: str, text: str, what: str = "points") -> float:
    try:
        number = float(word)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UserError(f"{what}: {word!r} in {text!r} is not a finite number")
    return number


def spread_points(mask: NDArray[np.bool_], count: int) -> Points:
    """Points inside a mask, far from its edge and from each other.

    The first is the place farthest from the edge. Each next one has the largest product of its distances to the edge
    and to the points before it, so that all parts of an object get points, and thin ones only where there is room.

    Args:
        mask: (H, W) bool with at least one pixel set.
        count: how many; fewer where the mask has fewer pixels.

    Returns:
        (N, 2) float64 of (x, y), whole numbers.

    Raises:
        ValueError: the mask is empty.
    """
    if not mask.any():
        raise ValueError("mask has no pixel set")
    x0, y0, width, height = cv2.boundingRect(mask.view(np.uint8))
    cut = np.pad(mask[y0 : y0 + height, x0 : x0 + width], 1).view(np.uint8)
    edge = cv2.distanceTransform(cut, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    rows, columns = np.nonzero(cut)
    room = np.minimum(edge[rows, columns], 0.1 * math.hypot(width, height))
    chosen = [int(edge[rows, columns].argmax())]
    apart = np.full(len(rows), np.inf)
    while len(chosen) < min(count, len(rows)):
        last = chosen[-1]
        apart = np.minimum(apart, np.hypot(rows - rows[last], columns - columns[last]))
        chosen.append(int((room * apart).argmax()))
    return np.stack([columns[chosen] + x0 - 1, rows[chosen] + y0 - 1], axis=1).astype(np.float64)
