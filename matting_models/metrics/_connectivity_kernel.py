"""The connectivity error's inner loops, compiled: one pass each, without arrays between."""

import numpy as np
from numpy.typing import NDArray

from matting_models.compiled import compiled
from matting_models.metrics._row_sum import row_sum

_MATTE = "float64[:,::1]"
_BYTES = "uint8[:,::1]"


@compiled(f"{_BYTES}({_MATTE}, {_MATTE}, float64[::1], int64, int64, int64, int64)")
def reached(
    prediction: NDArray[np.float64],
    truth: NDArray[np.float64],
    thresholds: NDArray[np.float64],
    top: int,
    bottom: int,
    left: int,
    right: int,
) -> NDArray[np.uint8]:
    """Index of the last threshold that both mattes reach, in a box: (bottom - top, right - left) uint8."""
    indices = np.empty((bottom - top, right - left), np.uint8)
    for y in range(bottom - top):
        p, t = prediction[top + y, left:right], truth[top + y, left:right]
        for x in range(right - left):
            lower = min(p[x], t[x])
            index = 0
            for k in range(1, len(thresholds)):
                index += lower >= thresholds[k]
            indices[y, x] = index
    return indices


@compiled(f"void({_BYTES}, {_BYTES}, uint8, uint8)")
def keep_connected(levels: NDArray[np.uint8], component: NDArray[np.uint8], before: int, k: int) -> None:
    """Raise to k, in place, what is at k - 1 (``before``) and in the component, which is framed by one pixel."""
    for y in range(levels.shape[0]):
        row, inside = levels[y], component[y + 1, 1:-1]
        for x in range(len(row)):
            row[x] = k if (row[x] == before) & (inside[x] != 0) else row[x]


@compiled(f"void({_BYTES}, {_BYTES}, uint8, uint8)")
def keep_background(levels: NDArray[np.uint8], indices: NDArray[np.uint8], before: int, k: int) -> None:
    """Raise to k, in place, what is at k - 1 (``before``) and does not reach k."""
    for y in range(levels.shape[0]):
        row, index = levels[y], indices[y]
        for x in range(len(row)):
            row[x] = k if (row[x] == before) & (index[x] < k) else row[x]


@compiled(f"UniTuple(int64, 3)(int32[:,::1], int64, {_BYTES}, {_BYTES})")
def take_largest(
    labels: NDArray[np.int32], count: int, indices: NDArray[np.uint8], framed: NDArray[np.uint8]
) -> tuple[int, int, int]:
    """Mark the largest component, of equals the first, with 1.

    Args:
        labels: (H, W), 0 for the background.
        count: number of labels, the background's included.
        indices: (H, W), index of the last threshold reached.
        framed: (H + 2, W + 2) of 0, changed in place.

    Returns:
        The component's size, row and column of the first of its pixels that reach most.
    """
    sizes = np.zeros(count, np.int64)
    for y in range(labels.shape[0]):
        for x in range(labels.shape[1]):
            sizes[labels[y, x]] += 1
    sizes[0] = 0
    largest = np.argmax(sizes)
    best, row = np.uint8(0), 0
    for y in range(labels.shape[0]):
        of_row, reached_row, marked = labels[y], indices[y], framed[y + 1, 1:-1]
        top = np.uint8(0)
        for x in range(len(of_row)):
            marked[x] = of_row[x] == largest
            top = max(top, reached_row[x] if of_row[x] == largest else np.uint8(0))
        if top > best:
            best, row = top, y
    column = 0
    while labels[row, column] != largest or indices[row, column] != best:
        column += 1
    return sizes[largest], row, column


@compiled(f"UniTuple(float64, 2)({_MATTE}, {_MATTE}, {_BYTES}, {_BYTES}, {_BYTES}, float64, float64, int64, int64)")
def phi_differences(
    prediction: NDArray[np.float64],
    truth: NDArray[np.float64],
    region: NDArray[np.uint8],
    levels: NDArray[np.uint8],
    levels_port: NDArray[np.uint8],
    step: float,
    theta: float,
    top: int,
    left: int,
) -> tuple[float, float]:
    """Sums of |phi(prediction) - phi(truth)| over a region, for two sets of levels of a box at (top, left).

    Args:
        prediction, truth: (H, W).
        region: (H, W) of 0 and 1, or (0, 0) for the whole image.
        levels, levels_port: index of each pixel's threshold ``l``.
        step: between thresholds.
        theta: smaller distances count as none.
        top, left: of the box.
    """
    total, total_port = 0.0, 0.0
    width = levels.shape[1]
    everywhere = np.ones(width, np.uint8)
    errors, errors_port = np.empty(width), np.empty(width)
    for y in range(levels.shape[0]):
        p, t = prediction[top + y, left : left + width], truth[top + y, left : left + width]
        counted = region[top + y, left : left + width] if region.size else everywhere
        for x in range(width):
            level = levels[y, x] * step
            dp, dt = p[x] - level, t[x] - level
            errors[x] = counted[x] * abs((dp if dp >= theta else 0.0) - (dt if dt >= theta else 0.0))
            level = levels_port[y, x] * step
            dp, dt = p[x] - level, t[x] - level
            errors_port[x] = counted[x] * abs((dp if dp >= theta else 0.0) - (dt if dt >= theta else 0.0))
        total += row_sum(errors)
        total_port += row_sum(errors_port)
    return total, total_port
