"""The gradient error's inner loops, compiled: they visit only what lies near a difference."""

import math

import numpy as np
from numpy.typing import NDArray

from matting_models.compiled import compiled
from matting_models.metrics._row_sum import row_sum

RADIUS = 4
_BLOCK = 32
"""Columns that are visited or skipped together; at least RADIUS."""

_MATTE = "float64[:,::1]"


@compiled(f"boolean[:,::1]({_MATTE}, {_MATTE})")
def _near_difference(prediction: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(H, ceil(W / 32)) bool: rows of blocks whose gradients can differ."""
    height, width = truth.shape
    blocks = (width + _BLOCK - 1) // _BLOCK
    different = np.zeros((height, blocks), np.bool_)
    for y in range(height):
        for block in range(blocks):
            begin = block * _BLOCK
            p, t = prediction[y, begin : begin + _BLOCK], truth[y, begin : begin + _BLOCK]
            count = 0
            for x in range(len(p)):
                count += p[x] != t[x]
            different[y, block] = count > 0
    near = np.zeros((height, blocks), np.bool_)
    for y in range(height):
        for block in range(blocks):
            if different[y, block]:
                near[max(0, y - RADIUS) : y + RADIUS + 1, max(0, block - 1) : block + 2] = True
    return near


@compiled(f"void({_MATTE}, int64, int64, int64, float64[::1], float64[::1], float64[:,::1], float64[::1])")
def _magnitudes(
    matte: NDArray[np.float64],
    y: int,
    first: int,
    last: int,
    gaussian: NDArray[np.float64],
    derivative: NDArray[np.float64],
    rows: NDArray[np.float64],
    magnitudes: NDArray[np.float64],
) -> None:
    """Gradient magnitudes of columns first to last - 1 of row y; ``rows`` is room for two filtered rows."""
    # Slices, since Numba does not vectorise loops whose indices might be negative.
    height, width = matte.shape
    bottom = height - 1
    begin, end = max(0, first - RADIUS), min(width, last + RADIUS)
    at = begin - first + RADIUS  # where column ``begin`` is in the filtered rows
    size = end - begin
    smooth, steep = rows[0], rows[1]
    even, odd = smooth[at : at + size], steep[at : at + size]
    row = matte[y, begin:end]
    above1, below1 = matte[max(0, y - 1), begin:end], matte[min(bottom, y + 1), begin:end]
    above2, below2 = matte[max(0, y - 2), begin:end], matte[min(bottom, y + 2), begin:end]
    above3, below3 = matte[max(0, y - 3), begin:end], matte[min(bottom, y + 3), begin:end]
    above4, below4 = matte[max(0, y - 4), begin:end], matte[min(bottom, y + 4), begin:end]
    g0, g1, g2, g3, g4 = gaussian[0], gaussian[1], gaussian[2], gaussian[3], gaussian[4]
    d1, d2, d3, d4 = derivative[1], derivative[2], derivative[3], derivative[4]
    for x in range(size):
        near = g0 * row[x] + g1 * (above1[x] + below1[x]) + g2 * (above2[x] + below2[x])
        even[x] = near + g3 * (above3[x] + below3[x]) + g4 * (above4[x] + below4[x])
        near = d1 * (below1[x] - above1[x]) + d2 * (below2[x] - above2[x])
        odd[x] = near + d3 * (below3[x] - above3[x]) + d4 * (below4[x] - above4[x])
    count = last - first
    smooth[:at], steep[:at] = even[0], odd[0]  # borders are replicated
    smooth[at + size : count + 2 * RADIUS], steep[at + size : count + 2 * RADIUS] = even[size - 1], odd[size - 1]
    for x in range(count):
        across = d1 * (smooth[x + 5] - smooth[x + 3]) + d2 * (smooth[x + 6] - smooth[x + 2])
        across += d3 * (smooth[x + 7] - smooth[x + 1]) + d4 * (smooth[x + 8] - smooth[x])
        down = g0 * steep[x + 4] + g1 * (steep[x + 5] + steep[x + 3]) + g2 * (steep[x + 6] + steep[x + 2])
        down += g3 * (steep[x + 7] + steep[x + 1]) + g4 * (steep[x + 8] + steep[x])
        magnitudes[x] = math.sqrt(across * across + down * down)


@compiled(f"float64({_MATTE}, {_MATTE}, uint8[:,::1], float64[::1], float64[::1])")
def squared_differences(
    prediction: NDArray[np.float64],
    truth: NDArray[np.float64],
    region: NDArray[np.uint8],
    gaussian: NDArray[np.float64],
    derivative: NDArray[np.float64],
) -> float:
    """Sum of (|grad prediction| - |grad truth|)^2 over a region.

    Args:
        prediction, truth: (H, W).
        region: (H, W) of 0 and 1, or (0, 0) for the whole image.
        gaussian, derivative: (5,) filters from their middle outwards; even and odd.
    """
    height, width = truth.shape
    near = _near_difference(prediction, truth)
    blocks = near.shape[1]
    rows = np.empty((2, width + 2 * RADIUS))
    predicted, true = np.empty(width), np.empty(width)
    total = 0.0
    for y in range(height):
        block = 0
        while block < blocks:
            if not near[y, block]:
                block += 1
                continue
            first = block * _BLOCK
            while block < blocks and near[y, block]:
                block += 1
            last = min(block * _BLOCK, width)
            _magnitudes(prediction, y, first, last, gaussian, derivative, rows, predicted)
            _magnitudes(truth, y, first, last, gaussian, derivative, rows, true)
            for x in range(last - first):
                predicted[x] = (predicted[x] - true[x]) ** 2
            if region.size:
                counted = region[y, first:last]
                for x in range(last - first):
                    predicted[x] *= counted[x]
            total += row_sum(predicted[: last - first])
    return total
