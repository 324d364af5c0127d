"""What a user marks, as masks of the size that the network sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_in_photo
from matting_models.errors import InputError
from matting_models.networks.smat.marks import Mark, filled, squares
from matting_models.networks.smat.view import View
from matting_models.pictures import size_text


@dataclass(frozen=True, slots=True)
class Box:
    """A box around it.

    Attributes:
        corners: x0, y0, x1, y1 in pixels of the photo; edges, x1 and y1 exclusive.
    """

    corners: Sequence[float]

    def mark(self, view: View) -> Mark:
        """Filled; every pixel that the box touches.

        Raises:
            InputError: not four finite numbers, or empty, or outside the photo.
        """
        height, width = view.photo
        x0, y0, x1, y1 = box_in_photo(self.corners, height, width)
        down, across = view.scale()
        return filled((x0 * across, y0 * down, x1 * across, y1 * down), view.size)


@dataclass(frozen=True, slots=True)
class Points:
    """Points on it.

    Attributes:
        places: x, y each, in pixels of the photo, at least one.
    """

    places: Sequence[tuple[float, float]]

    def mark(self, view: View) -> Mark:
        """A square around each.

        Raises:
            InputError: none, or one outside the photo.
        """
        height, width = view.photo
        if not len(self.places):
            raise InputError("no points, expected at least one")
        for x, y in self.places:
            if not (0 <= x < width and 0 <= y < height):
                raise InputError(f"point ({x:g}, {y:g}) lies outside the image of {width} x {height} pixels")
        down, across = view.scale()
        centres = [(int(y * down), int(x * across)) for x, y in self.places]
        return squares(centres, view.size, view.reach)


@dataclass(frozen=True, slots=True)
class Marked:
    """Pixels of it: a scribble, or a mask.

    Attributes:
        pixels: (H, W) bool or uint8 of 0 and 1, of the photo's size.
    """

    pixels: NDArray[Any]

    def mark(self, view: View) -> Mark:
        """What any of the pixels falls into.

        Raises:
            InputError: of another size than the photo, or empty.
        """
        if self.pixels.shape != view.photo:
            height, width = view.photo
            raise InputError(f"the mark is {size_text(self.pixels)}, the photo {width}x{height}; expected the same")
        marked = np.asarray(self.pixels) > 0
        if not marked.any():
            raise InputError("the mark is empty, expected at least one pixel")
        height, width = view.size
        if (height, width) == view.photo:
            return marked.view(np.uint8)
        shares = cv2.resize(marked.astype(np.float32), (width, height), interpolation=cv2.INTER_AREA)
        return np.asarray(shares > 0, np.uint8)


Prompt = Box | Points | Marked
