"""What is measured on visible alphas: extents, centres, and who hides whom."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.refmatte.composition.records import Alpha
from pipelines.refmatte.composition.rendering import Piece

TAIL = 0.02
"""Share of the visible alpha that an extent leaves out at either end: a lock of hair or the tip of a tail."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where an entity is along one axis, as shares of the image's width or height.

    Attributes:
        low, high: between which its visible alpha lies, but for ``TAIL`` at either end.
        centre: the visible alpha's mean place.
    """

    low: float
    high: float
    centre: float

    @property
    def length(self) -> float:
        """From ``low`` to ``high``."""
        return self.high - self.low

    @property
    def middle(self) -> float:
        """Half way from ``low`` to ``high``."""
        return (self.low + self.high) / 2


@dataclass(frozen=True, slots=True)
class Measured:
    """An image as far as facts depend on it.

    Attributes:
        x, y: extents of each entity.
        covered: (n, n) how much of the alpha of entity j lies behind what is visible of entity i, in its row, and
            counted on the smaller of both; 0 where j is in front.
        aspect: width over height of the image.
    """

    x: tuple[Extent, ...]
    y: tuple[Extent, ...]
    covered: NDArray[np.float64]
    aspect: float


def measure(
    pieces: Sequence[Piece], visible: Sequence[Alpha], order: Sequence[int], shape: tuple[int, int]
) -> Measured:
    """Extents and coverings of a composed image.

    Args:
        pieces, visible: of each entity; something is visible of each.
        order: their indices, front to back.
        shape: height and width of the image.
    """
    pairs = list(zip(pieces, visible, strict=True))
    x = tuple(_extent(seen, 0, piece.x, shape[1]) for piece, seen in pairs)
    y = tuple(_extent(seen, 1, piece.y, shape[0]) for piece, seen in pairs)
    covered = np.zeros((len(pieces), len(pieces)))
    for place, front in enumerate(order):
        for back in order[place + 1 :]:
            covered[front, back] = overlap(Piece(pieces[front].x, pieces[front].y, visible[front]), pieces[back])
    return Measured(x, y, covered, shape[1] / shape[0])


def _extent(visible: Alpha, axis: int, start: int, length: int) -> Extent:
    profile = cv2.reduce(visible, axis, cv2.REDUCE_SUM, dtype=cv2.CV_32S).ravel().astype(np.float64)
    places = (start + 0.5 + np.arange(profile.size)) / length
    sums = np.cumsum(profile) / profile.sum()
    low, high = np.searchsorted(sums, [TAIL, 1 - TAIL])
    half = 0.5 / length
    return Extent(float(places[low] - half), float(places[high] + half), float(profile @ places / profile.sum()))


def overlap(one: Piece, other: Piece) -> float:
    """Sum of products of two alphas over the smaller one's sum, each as a share of its largest: so a glass in front of
    its drinker counts as if it were opaque."""
    ys, xs = (slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(one.window, other.window, strict=True))
    if ys.start >= ys.stop or xs.start >= xs.stop:
        return 0.0
    first, second = (piece.alpha[_within(ys, piece.y), _within(xs, piece.x)] for piece in (one, other))
    product = cv2.sumElems(cv2.multiply(first, second, dtype=cv2.CV_32F))[0]
    peaks = [max(int(piece.alpha.max()), 1) for piece in (one, other)]
    masses = [cv2.sumElems(piece.alpha)[0] / peak for piece, peak in zip((one, other), peaks, strict=True)]
    return float(product / peaks[0] / peaks[1] / max(min(masses), 1))


def _within(span: slice, start: int) -> slice:
    return slice(span.start - start, span.stop - start)
