"""What a dense feature is. This package has the classical one; `matting_models` provides networks; `flows` joins them.

Coordinates everywhere: (x, y) in pixels, the centre of an image's first pixel is (0, 0).
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""(N, 2) float64 of (x, y)."""


@dataclass(frozen=True, slots=True)
class View:
    """How an object may stand in a target, relative to the reference.

    Attributes:
        angle: turn in degrees, clockwise as seen on the screen.
        scale: size in the target over size in the reference, each in working pixels (see ``FeatureMap.work``).
        mirrored: left and right are swapped.
    """

    angle: float = 0.0
    scale: float = 1.0
    mirrored: bool = False

    def linear(self) -> NDArray[np.float64]:
        """(2, 2) float64 that maps offsets in the reference to offsets in the target, in working pixels."""
        turn = np.deg2rad(self.angle)
        rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        return np.asarray(self.scale * rotation @ np.diag([-1.0 if self.mirrored else 1.0, 1.0]))


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """Dense features of one image.

    Attributes:
        values: (h, w, C) float16, each vector of unit length.
        origin: (x, y) of the centre of cell (0, 0) in the image.
        step: (x, y) distance of neighbouring cells' centres in pixels of the image.
        size: (height, width) of the image.
        work: side of a working pixel in pixels of the image: images are brought to a common size for the method, and
            scales of views refer to that.
    """

    values: NDArray[np.float16]
    origin: tuple[float, float]
    step: tuple[float, float]
    size: tuple[int, int]
    work: float

    def to_cells(self, points: Points) -> Points:
        """Image coordinates to (column, row) in cells; whole numbers are cell centres."""
        return np.asarray((points - self.origin) / self.step)

    def to_pixels(self, cells: Points) -> Points:
        """The inverse of ``to_cells``."""
        return np.asarray(cells * self.step + self.origin)

    def sample(self, points: Points) -> NDArray[np.float32]:
        """Unit-length features at image points, bilinear between cells; outside the grid, its border's.

        Args:
            points: (N, 2) of (x, y) in pixels of the image.

        Returns:
            (N, C) float32.
        """
        height, width = self.values.shape[:2]
        cells = np.clip(self.to_cells(points), 0, [width - 1, height - 1])
        low = np.minimum(cells.astype(np.int64), [max(width - 2, 0), max(height - 2, 0)])
        high = np.minimum(low + 1, [width - 1, height - 1])
        part = (cells - low).astype(np.float32)
        x, y = part[:, :1], part[:, 1:]
        top = (1 - x) * self._at(low[:, 0], low[:, 1]) + x * self._at(high[:, 0], low[:, 1])
        bottom = (1 - x) * self._at(low[:, 0], high[:, 1]) + x * self._at(high[:, 0], high[:, 1])
        return unit((1 - y) * top + y * bottom)

    def _at(self, column: NDArray[np.int64], row: NDArray[np.int64]) -> NDArray[np.float32]:
        return self.values[row, column].astype(np.float32)


def unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Vectors along the last axis brought to unit length; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(length, np.float32(1e-12)), np.float32)


class Describer(Protocol):
    """Features of one reference image at any points, under any view."""

    def __call__(self, points: Points, view: View) -> NDArray[np.float32]:
        """What a target's features at the corresponding points would be if the object stood there in that view.

        Args:
            points: (N, 2) of (x, y) in pixels of the reference.
            view: a view; features that do not depend on it may ignore it.

        Returns:
            (N, C) float32 of unit length.
        """
        ...


class DenseFeatures(Protocol):
    """A method that gives every place of an image a vector, alike for corresponding places.

    Attributes:
        name: registry name, e.g. ``dense-sift``.
        revision: what exactly ran (library version, or weights and their digest); part of the cache's keys.
        views: views in which an object is looked for.
        tolerance: how far a point may be from where the view expects it, as a share of the object's extent.
        chance: cosine similarity that places which have nothing to do with each other reach by chance.
        min_score: default of the least score for an object to count as found.
    """

    name: str
    revision: str
    views: tuple[View, ...]
    tolerance: float
    chance: float
    min_score: float

    def extract(self, image: NDArray[np.uint8]) -> FeatureMap:
        """Features of a target.

        Args:
            image: (H, W, 3) uint8, RGB.
        """
        ...

    def describer(self, image: NDArray[np.uint8], found: FeatureMap) -> Describer:
        """Features of a reference at any points.

        Args:
            image: (H, W, 3) uint8, RGB.
            found: ``extract(image)``, possibly stored and read again.
        """
        ...
