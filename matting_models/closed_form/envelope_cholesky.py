"""An exact Cholesky factorisation for the unknown region's matrix, in blocks.

Unknown regions are ribbons around a silhouette. Numbered along the ribbon, their matrix has its entries close to the
diagonal, and the factor fills only each row's span between its first entry and the diagonal (its envelope). The
numbering is a breadth-first walk over the 5 x 5 stencil, reversed: reverse Cuthill-McKee without the sort by degree,
which makes no difference on a grid. (A. George, J. W. Liu, "Computer Solution of Large Sparse Positive Definite
Systems", 1981, chapter 4.)

Rows are taken ``BLOCK`` at a time, so that nearly all the work is products of small dense matrices. Block row I spans
the block columns ``first[I]`` to I. It is stored transposed, as a (columns, BLOCK) matrix in row-major order::

    L_IJ^T = L_JJ^-1 (A_IJ^T - sum_{K < J} L_JK L_IK^T)          below the diagonal
    L_II L_II^T = A_II - sum_{K < I} L_IK L_IK^T                 on it

so that both sums are one product of stored slices. The diagonal block holds L_II^-1 itself, so that solving is
products as well. Cost: sum of squared row widths, and their sum in memory.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.closed_form.matting_laplacian import ReducedSystem
from matting_models.compiled import compiled

BLOCK = 16
MAX_ENTRIES = 64_000_000
"""Largest envelope that is factored, in numbers of 8 bytes: 512 MB."""


class EnvelopeTooLarge(Exception):
    """The envelope would hold more entries than allowed."""


class NotPositiveDefinite(Exception):
    """A pivot came out zero, negative or not a number."""


@compiled("i8[::1](i4[:,::1], i4[::1], i4[::1])")
def _positions(index: Any, ys: Any, xs: Any) -> Any:  # pragma: no cover - compiled
    """Where each unknown pixel goes in the reversed breadth-first order, shape (n,)."""
    n = len(ys)
    height, width = index.shape
    position = np.full(n, -1, np.int64)
    queue = np.empty(n, np.int64)
    filled = 0
    done = 0
    for seed in range(n):
        if position[seed] < 0:
            position[seed] = n - 1 - filled
            queue[filled] = seed
            filled += 1
        while done < filled:
            u = queue[done]
            done += 1
            for y in range(max(0, ys[u] - 2), min(height, ys[u] + 3)):
                for x in range(max(0, xs[u] - 2), min(width, xs[u] + 3)):
                    v = index[y, x]
                    if v >= 0 and position[v] < 0:
                        position[v] = n - 1 - filled
                        queue[filled] = v
                        filled += 1
    return position


@compiled("i8[::1](i4[:,::1], i4[::1], i4[::1], i8[::1], i8)")
def _first_blocks(index: Any, ys: Any, xs: Any, position: Any, block: int) -> Any:  # pragma: no cover - compiled
    """The first block column of each block row, shape (blocks,)."""
    height, width = index.shape
    first = np.arange((len(ys) + block - 1) // block)
    for u in range(len(ys)):
        row = position[u] // block
        for y in range(max(0, ys[u] - 2), min(height, ys[u] + 3)):
            for x in range(max(0, xs[u] - 2), min(width, xs[u] + 3)):
                v = index[y, x]
                if v >= 0:
                    first[row] = min(first[row], position[v] // block)
    return first


@compiled("void(i4[:,::1], i4[::1], i4[::1], f8[:,::1], i8[::1], i8[::1], i8[::1], i8, f8[::1])")
def _scatter(
    index: Any, ys: Any, xs: Any, half: Any, position: Any, first: Any, start: Any, block: int, envelope: Any
) -> None:  # pragma: no cover - compiled
    """Put the matrix into its (zeroed) envelope; rows past the last pixel become rows of the identity."""
    height, width = index.shape
    n = len(ys)
    for u in range(n):
        for offset in range(13):
            dy = (offset + 2) // 5
            y = ys[u] + dy
            x = xs[u] + offset - 5 * dy
            if y >= height or x < 0 or x >= width or index[y, x] < 0:
                continue
            v = index[y, x]
            row = max(position[u], position[v])
            column = min(position[u], position[v])
            i = row // block
            envelope[start[i] + (column - first[i] * block) * block + row % block] = half[u, offset]
    for row in range(n, len(first) * block):
        i = row // block
        envelope[start[i] + (row - first[i] * block) * block + row % block] = 1.0


@compiled("b1(f8[:,::1])")
def _invert_factor(a: Any) -> bool:  # pragma: no cover - compiled
    """Replace a symmetric block, given by its upper triangle, by the inverse of its lower Cholesky factor."""
    block = len(a)
    low = np.zeros((block, block))
    for j in range(block):
        for i in range(j, block):
            total = a[j, i]
            for k in range(j):
                total -= low[i, k] * low[j, k]
            if i > j:
                low[i, j] = total * low[j, j]
            elif total > 0.0:
                low[j, j] = 1.0 / np.sqrt(total)
            else:
                return False
    # The diagonal of `low` holds reciprocals from here on.
    for i in range(block):
        for j in range(block):
            a[i, j] = 0.0
        a[i, i] = low[i, i]
        for k in range(i):
            weight = low[i, k] * low[i, i]
            for j in range(k + 1):
                a[i, j] -= weight * a[k, j]
    return True


@compiled("b1(i8[::1], i8[::1], i8, f8[::1])")
def _factor(first: Any, start: Any, block: int, envelope: Any) -> bool:  # pragma: no cover - compiled
    """Factor in place; False when a pivot is not positive."""
    product = np.empty((block, block))
    area = block * block
    for i in range(len(first)):
        at_i = start[i] - first[i] * area
        for j in range(first[i], i + 1):
            at_j = start[j] - first[j] * area
            target = envelope[at_i + j * area : at_i + (j + 1) * area].reshape(block, block)
            k = max(first[i], first[j])
            if k < j:
                left = envelope[at_j + k * area : at_j + j * area].reshape((j - k) * block, block)
                right = envelope[at_i + k * area : at_i + j * area].reshape((j - k) * block, block)
                np.dot(left.T, right, product)
                target -= product
            if j < i:
                inverse = envelope[at_j + j * area : at_j + (j + 1) * area].reshape(block, block)
                np.dot(inverse, target, product)
                target[:] = product
            elif not _invert_factor(target):
                return False
    return True


@compiled("void(i8[::1], i8[::1], i8, f8[::1], f8[::1])")
def _substitute(first: Any, start: Any, block: int, envelope: Any, x: Any) -> None:  # pragma: no cover - compiled
    """Solve in place, ``x`` padded to whole blocks."""
    area = block * block
    for i in range(len(first)):
        here = x[i * block : (i + 1) * block]
        diagonal = start[i] + (i - first[i]) * area
        if first[i] < i:
            row = envelope[start[i] : diagonal].reshape((i - first[i]) * block, block)
            here -= np.dot(row.T, x[first[i] * block : i * block])
        here[:] = np.dot(envelope[diagonal : diagonal + area].reshape(block, block), here)
    for i in range(len(first) - 1, -1, -1):
        here = x[i * block : (i + 1) * block]
        diagonal = start[i] + (i - first[i]) * area
        here[:] = np.dot(envelope[diagonal : diagonal + area].reshape(block, block).T, here)
        if first[i] < i:
            row = envelope[start[i] : diagonal].reshape((i - first[i]) * block, block)
            x[first[i] * block : i * block] -= np.dot(row, here)


def solve_envelope(system: ReducedSystem, max_entries: int = MAX_ENTRIES, block: int = BLOCK) -> NDArray[np.float64]:
    """Solve a reduced system exactly (to rounding), shape (n,).

    Raises:
        EnvelopeTooLarge: the factor would hold more than ``max_entries`` numbers; nothing was allocated for it.
        NotPositiveDefinite: rounding made a pivot zero or negative.
    """
    position = _positions(system.index, system.ys, system.xs)
    first = _first_blocks(system.index, system.ys, system.xs, position, block)
    sizes = (np.arange(len(first)) - first + 1) * block * block
    if sizes.sum() > max_entries:
        raise EnvelopeTooLarge(f"the envelope holds {sizes.sum()} entries, more than {max_entries}")
    start = np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])
    envelope = np.zeros(start[-1])
    _scatter(system.index, system.ys, system.xs, system.half, position, first, start, block, envelope)
    if not _factor(first, start, block, envelope):
        raise NotPositiveDefinite("a pivot of the matting Laplacian is not positive")
    x = np.zeros(len(first) * block)
    x[position] = system.rhs
    _substitute(first, start, block, envelope, x)
    solution: NDArray[np.float64] = x[position]
    return solution
