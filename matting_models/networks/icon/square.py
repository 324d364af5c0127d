"""Pictures in the square that the network sees: scaled alike both ways, the rest grey. Nothing is cut off or stretched.

The authors cut the middle square out and stretch its alpha over the picture, which loses what lies at the sides and
moves what does not.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

GREY = 127
FINER = 4


@dataclass(frozen=True, slots=True)
class Square:
    """How a picture lies in the square.

    Attributes:
        height, width: of the picture.
        side: of the square.
    """

    height: int
    width: int
    side: int

    @property
    def place(self) -> tuple[slice, slice]:
        """Rows and columns of the square that the picture fills."""
        scale = self.side / max(self.height, self.width)
        rows, columns = (max(1, round(length * scale)) for length in (self.height, self.width))
        top, left = (self.side - rows) // 2, (self.side - columns) // 2
        return slice(top, top + rows), slice(left, left + columns)

    def put(self, picture: NDArray[np.uint8], around: int) -> NDArray[np.uint8]:
        """A photo, (H, W, 3), or a map, (H, W), in the square with ``around`` beside it."""
        square = np.full((self.side, self.side, *picture.shape[2:]), around, np.uint8)
        place = self.place
        square[place] = resized(picture, place[0].stop - place[0].start, place[1].stop - place[1].start)
        return square

    def take(self, square: NDArray[np.float32]) -> NDArray[np.float32]:
        """The (H, W) map of the picture from that of the square, in [0, 1]."""
        cut = np.ascontiguousarray(square[self.place])
        method = cv2.INTER_AREA if self.height < cut.shape[0] else cv2.INTER_LINEAR
        found = cv2.resize(cut, (self.width, self.height), interpolation=method)
        return np.clip(found, 0, 1).astype(np.float32, copy=False)

    def cut_small(self, cells: NDArray[np.float32]) -> NDArray[np.float32]:
        """The picture's part of a map that is coarser than the square, at the square's scale over ``FINER``."""
        enlarged = cv2.resize(cells, (self.side // FINER, self.side // FINER), interpolation=cv2.INTER_LINEAR)
        rows, columns = (slice(s.start // FINER, max(s.start // FINER + 1, s.stop // FINER)) for s in self.place)
        return np.ascontiguousarray(enlarged[rows, columns]).astype(np.float32, copy=False)


def square_of(picture: NDArray[np.uint8], side: int) -> Square:
    """Where a photo or map lies in a square of this side."""
    return Square(picture.shape[0], picture.shape[1], side)


def resized(picture: NDArray[np.uint8], height: int, width: int) -> NDArray[np.uint8]:
    """Averaged where it shrinks, bilinear where it grows."""
    method = cv2.INTER_AREA if height < picture.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)
