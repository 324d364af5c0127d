"""Connectivity error: the definition, and the port that published tables used."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import Box, Pair, extent, make_pair
from matting_models.needing import needing

THETA = 0.15
"""Smaller distances from the connected level count as none."""

STEP = 0.1

THRESHOLDS: NDArray[np.float64] = STEP * np.arange(11, dtype=np.float64)
"""0, 0.1, ..., 1 as every Python implementation has them: 0.6 is a bit above the decimal, and so above 8-bit 153."""

_TOP = len(THRESHOLDS) - 1


def conn(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> float:
    """Connectivity error of a matte: ``sum |phi(prediction) - phi(truth)| / 1000`` (Rhemann et al., CVPR 2009).

    ``phi(alpha) = 1 - d [d >= 0.15]`` with ``d = alpha - l``. ``l`` is the largest threshold of 0, 0.1, ..., 1 up to
    which the pixel lies in the largest 4-connected component of the pixels where both mattes reach the threshold.

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count, such as ``unknown_region(trimap)``; None for the whole image.
            Components are of the whole mattes either way.

    Returns:
        At least 0; 0 for an empty region. Of an empty prediction it is the sum of the truth's values from 0.15 on.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    return conn_of(make_pair(prediction, truth, region)).definition


def conn_port(
    prediction: NDArray[np.floating], truth: NDArray[np.floating], region: NDArray[np.bool_] | None = None
) -> float:
    """Connectivity error as a widespread Python port computes it, and with it most published tables.

    It takes the largest component with ``argmax(bincount(labels))``, where the background is label 0. Where the
    background is larger than every component, it wins: every foreground pixel then has level 0, and whatever only one
    of the two mattes shows costs nothing, so that an empty prediction has error 0. Only for comparing with such tables.

    Args, returns and errors are those of ``conn``.
    """
    return conn_of(make_pair(prediction, truth, region)).port


@dataclass(frozen=True, slots=True)
class ConnErrors:
    """Both forms, from one pass over the thresholds."""

    definition: float
    port: float


def conn_of(pair: Pair) -> ConnErrors:
    """Connectivity errors of a checked pair."""
    with needing("Conn", "numba"):
        from matting_models.metrics import _connectivity_kernel as kernel

    if not pair.box[0].stop:  # equal
        return ConnErrors(0.0, 0.0)
    rows, columns = _box(pair)
    mattes = pair.prediction, pair.truth
    reached = kernel.reached(*mattes, THRESHOLDS, rows.start, rows.stop, columns.start, columns.stop)
    levels = _connected_levels(reached, pair.truth.size)
    sums = kernel.phi_differences(*mattes, pair.counted, *levels, STEP, THETA, rows.start, columns.start)
    return ConnErrors(sums[0] / 1000, sums[1] / 1000)


def _box(pair: Pair) -> Box:
    """What holds every differing pixel, and every pixel where both mattes are above 0."""
    opaque = extent((pair.truth > 0).view(np.uint8))
    boxes = [box for box in (opaque, pair.box) if box[0].stop]
    return (
        slice(min(b[0].start for b in boxes), max(b[0].stop for b in boxes)),
        slice(min(b[1].start for b in boxes), max(b[1].stop for b in boxes)),
    )


def _connected_levels(reached: NDArray[np.uint8], total: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Index of the threshold ``l`` of every pixel: by the definition, and as the port has it.

    Args:
        reached: (H, W) uint8, index of the last threshold that both mattes reach.
        total: number of pixels of the whole image.
    """
    from matting_models.metrics._connectivity_kernel import keep_background, keep_connected

    components = _LargestComponents(reached)
    levels, levels_port = np.zeros_like(reached), np.zeros_like(reached)
    for k in range(1, _TOP + 1):
        foreground = (reached >= k).view(np.uint8)
        count = int(np.count_nonzero(foreground))
        size = components.find(k, foreground, count)
        keep_connected(levels, components.framed, k - 1, k)
        if total - count >= size:  # argmax takes the first of equals, and the background is first
            keep_background(levels_port, reached, k - 1, k)
        else:
            keep_connected(levels_port, components.framed, k - 1, k)
    return levels, levels_port


class _LargestComponents:
    """The largest 4-connected component at each threshold; of equals, the first in reading order.

    Components nest, so that flooding from one pixel of a high threshold mostly finds the largest at every threshold;
    it is certain where it holds more than half of all pixels. Only else, everything is labelled.

    Attributes:
        framed: (H + 2, W + 2) uint8, 1 where the component is that ``find`` found last; its frame is of no meaning.
    """

    def __init__(self, reached: NDArray[np.uint8]) -> None:
        self._reached = reached
        height, width = reached.shape
        self.framed: NDArray[np.uint8] = np.zeros((height + 2, width + 2), np.uint8)
        self._seed: tuple[int, int] | None = None

    def find(self, k: int, foreground: NDArray[np.uint8], count: int) -> int:
        """Find the largest component of ``foreground = reached >= k``, which has ``count`` pixels; returns its size."""
        self.framed[:] = 0
        if not count:
            return 0
        if self._seed is None:
            self._seed = self._middle()
        if foreground[self._seed]:
            size = self._flood(foreground, self._seed)
            if 2 * size > count:
                return size
        return self._label(foreground)

    def _middle(self) -> tuple[int, int]:
        """The pixel in the middle, in reading order, of those that reach most."""
        best = np.flatnonzero(self._reached == self._reached.max())
        row, column = divmod(int(best[len(best) // 2]), self._reached.shape[1])
        return row, column

    def _flood(self, foreground: NDArray[np.uint8], seed: tuple[int, int]) -> int:
        row, column = seed
        flags = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
        return int(cv2.floodFill(foreground, self.framed, (column, row), 0, flags=flags)[0])

    def _label(self, foreground: NDArray[np.uint8]) -> int:
        from matting_models.metrics._connectivity_kernel import take_largest

        count, labels = cv2.connectedComponents(foreground, connectivity=4)
        self.framed[:] = 0
        size, *seed = take_largest(labels, count, self._reached, self.framed)  # type: ignore[arg-type]
        self._seed = (seed[0], seed[1])
        return size
