"""The matting Laplacian of Levin, Lischinski and Weiss, reduced to a trimap's unknown pixels.

Reference: A. Levin, D. Lischinski, Y. Weiss, "A Closed-Form Solution to Natural Image Matting", PAMI 30(2), 2008,
eq. 12. For every 3 x 3 window k with mean colour mu_k and covariance S_k, and every pair of its pixels i, j::

    L_ij += delta_ij - (1 + (I_i - mu_k)^T (S_k + eps / 9 * identity)^-1 (I_j - mu_k)) / 9

With alpha fixed on the known pixels, the unknown ones solve ``L_UU x = -L_UK alpha_K``. Only windows that hold an
unknown pixel matter, and L_UU is symmetric with at most 5 x 5 entries per row, so a row keeps the 13 offsets that
follow the pixel in reading order. Windows that would stick out of the image are left out, as PyMatting does.

Where a window's colours lie nearly on a line or in a plane, S_k is singular but for epsilon, and rounding changes L by
up to about 0.005: enough to move alpha visibly at the odd pixel of a photograph, and to make L_UU indefinite in images
of few colours. So there are two ways to the same entries. One takes sums and products in PyMatting's order, so that its
rounding is this module's too; the other is good to 11 decimals.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.compiled import compiled

EPSILON = 1e-7
HALF_STENCIL = 13


@dataclass(frozen=True, slots=True)
class ReducedSystem:
    """``L_UU x = rhs`` over the n unknown pixels, numbered in reading order.

    Attributes:
        index: (H, W) int32; an unknown pixel's number, -1 for known pixels.
        ys, xs: (n,) int32; where each unknown pixel is.
        half: (n, 13) float64; the entry between a pixel and the one ``(dy, dx)`` further on in reading order stands
            at ``5 * dy + dx``; 0 is the diagonal.
        rhs: (n,) float64.
    """

    index: NDArray[np.int32]
    ys: NDArray[np.int32]
    xs: NDArray[np.int32]
    half: NDArray[np.float64]
    rhs: NDArray[np.float64]


@compiled("void(i8[:,::1], f8, f8[:,::1], f8[:,::1])")
def _as_pymatting(values: Any, epsilon: float, centred: Any, weighted: Any) -> None:  # pragma: no cover - compiled
    """A window's colours about their mean, and those times the inverse covariance; operations in PyMatting's order."""
    m0 = m1 = m2 = 0.0
    for p in range(9):
        m0 += values[p, 0] / 255.0
        m1 += values[p, 1] / 255.0
        m2 += values[p, 2] / 255.0
    a00 = a11 = a22 = epsilon
    a01 = a02 = a12 = 0.0
    for p in range(9):
        r = values[p, 0] / 255.0 - m0 / 9.0
        g = values[p, 1] / 255.0 - m1 / 9.0
        b = values[p, 2] / 255.0 - m2 / 9.0
        centred[p, 0] = r
        centred[p, 1] = g
        centred[p, 2] = b
        a00 += r * r
        a01 += r * g
        a02 += r * b
        a11 += g * g
        a12 += g * b
        a22 += b * b
    a00 /= 9.0
    a01 /= 9.0
    a02 /= 9.0
    a11 /= 9.0
    a12 /= 9.0
    a22 /= 9.0

    # Negated cofactors over the negated determinant.
    determinant = a00 * a12 * a12 + a01 * a01 * a22 + a02 * a02 * a11 - a00 * a11 * a22 - 2.0 * a01 * a02 * a12
    scale = 1.0 / determinant
    i00 = (a12 * a12 - a11 * a22) * scale
    i01 = (a01 * a22 - a02 * a12) * scale
    i02 = (a02 * a11 - a01 * a12) * scale
    i11 = (a02 * a02 - a00 * a22) * scale
    i12 = (a00 * a12 - a01 * a02) * scale
    i22 = (a01 * a01 - a00 * a11) * scale
    for p in range(9):
        r = centred[p, 0]
        g = centred[p, 1]
        b = centred[p, 2]
        weighted[p, 0] = i00 * r + i01 * g + i02 * b
        weighted[p, 1] = i01 * r + i11 * g + i12 * b
        weighted[p, 2] = i02 * r + i12 * g + i22 * b


@compiled("void(i8[:,::1], f8, f8[:,::1], f8[:,::1])")
def _exactly(values: Any, epsilon: float, centred: Any, weighted: Any) -> None:  # pragma: no cover - compiled
    """The same in whole numbers as far as they go. Both results come scaled, so that their products are right.

    With n = 9 I - sum(I) and A = sum(n n^T), both whole numbers, and e = 81 * 255^2 * epsilon, the affinity is
    9 n_i^T (A + e)^-1 n_j, and the inverse's numerator and denominator are polynomials in e with whole coefficients::

        adj(A + e) n = adj(A) n + e (tr(A) n - A n) + e^2 n
        det(A + e) = det(A) + e tr(adj(A)) + e^2 tr(A) + e^3

    Nothing cancels that is not a whole number, and those fit in 64 bits: adj(A) n stays below 2e18.
    """
    s0 = s1 = s2 = 0
    for p in range(9):
        s0 += values[p, 0]
        s1 += values[p, 1]
        s2 += values[p, 2]
    a00 = a01 = a02 = a11 = a12 = a22 = 0
    for p in range(9):
        r = 9 * values[p, 0] - s0
        g = 9 * values[p, 1] - s1
        b = 9 * values[p, 2] - s2
        a00 += r * r
        a01 += r * g
        a02 += r * b
        a11 += g * g
        a12 += g * b
        a22 += b * b
    trace = a00 + a11 + a22
    c00 = a11 * a22 - a12 * a12
    c01 = a02 * a12 - a01 * a22
    c02 = a01 * a12 - a02 * a11
    c11 = a00 * a22 - a02 * a02
    c12 = a01 * a02 - a00 * a12
    c22 = a00 * a11 - a01 * a01
    e = 81.0 * 65025.0 * epsilon
    determinant = float(a00) * c00 + float(a01) * c01 + float(a02) * c02
    scale = 9.0 / (determinant + e * (float(c00 + c11 + c22) + e * (float(trace) + e)))
    for p in range(9):
        r = 9 * values[p, 0] - s0
        g = 9 * values[p, 1] - s1
        b = 9 * values[p, 2] - s2
        centred[p, 0] = r
        centred[p, 1] = g
        centred[p, 2] = b
        linear0 = trace * r - a00 * r - a01 * g - a02 * b
        linear1 = trace * g - a01 * r - a11 * g - a12 * b
        linear2 = trace * b - a02 * r - a12 * g - a22 * b
        weighted[p, 0] = (float(c00 * r + c01 * g + c02 * b) + e * (float(linear0) + e * r)) * scale
        weighted[p, 1] = (float(c01 * r + c11 * g + c12 * b) + e * (float(linear1) + e * g)) * scale
        weighted[p, 2] = (float(c02 * r + c12 * g + c22 * b) + e * (float(linear2) + e * b)) * scale


@compiled("void(u1[:,:,::1], u1[:,::1], i4[:,::1], f8, b1, f8[:,::1], f8[::1])")
def _accumulate(
    image: Any, trimap: Any, index: Any, epsilon: float, exact: bool, half: Any, rhs: Any
) -> None:  # pragma: no cover - compiled
    height, width = index.shape
    values = np.empty((9, 3), np.int64)
    centred = np.empty((9, 3))
    weighted = np.empty((9, 3))
    number = np.empty(9, np.int64)
    for y in range(1, height - 1):
        for x in range(1, width - 1):
            unknown = False
            for p in range(9):
                number[p] = index[y + p // 3 - 1, x + p % 3 - 1]
                unknown |= number[p] >= 0
            if not unknown:
                continue
            for p in range(9):
                for channel in range(3):
                    values[p, channel] = image[y + p // 3 - 1, x + p % 3 - 1, channel]
            if exact:
                _exactly(values, epsilon, centred, weighted)
            else:
                _as_pymatting(values, epsilon, centred, weighted)

            for p in range(9):
                u = number[p]
                for q in range(p, 9):
                    v = number[q]
                    if u < 0 and v < 0:
                        continue
                    affinity = (
                        weighted[p, 0] * centred[q, 0] + weighted[p, 1] * centred[q, 1] + weighted[p, 2] * centred[q, 2]
                    )
                    value = -(1.0 + affinity) / 9.0
                    if p == q:
                        value += 1.0
                    if u >= 0 and v >= 0:
                        half[u, 5 * (q // 3 - p // 3) + q % 3 - p % 3] += value
                    elif u >= 0:
                        if trimap[y + q // 3 - 1, x + q % 3 - 1] == 255:
                            rhs[u] -= value
                    elif trimap[y + p // 3 - 1, x + p % 3 - 1] == 255:
                        rhs[v] -= value


def reduced_system(
    image: NDArray[np.uint8], trimap: NDArray[np.uint8], epsilon: float = EPSILON, exact: bool = False
) -> ReducedSystem:
    """Assemble the equations of the unknown pixels.

    A pixel that no window covers (the image is less than 3 pixels high or wide) has no equation; it gets
    ``x = trimap / 255``, so the matrix stays regular.

    Args:
        image: (H, W, 3) uint8.
        trimap: (H, W) uint8; 0 background, 255 foreground, anything between unknown.
        epsilon: regularisation, as PyMatting's ``cf_laplacian``.
        exact: without PyMatting's rounding; the matrix is then always positive definite.
    """
    unknown = (trimap != 0) & (trimap != 255)
    ys, xs = np.nonzero(unknown)
    index = np.full(trimap.shape, -1, np.int32)
    index[unknown] = np.arange(len(ys), dtype=np.int32)
    half = np.zeros((len(ys), HALF_STENCIL))
    rhs = np.zeros(len(ys))
    trimap = np.ascontiguousarray(trimap)
    _accumulate(np.ascontiguousarray(image), trimap, index, epsilon, exact, half, rhs)
    bare = half[:, 0] == 0.0
    half[bare, 0] = 1.0
    rhs[bare] = trimap[unknown][bare] / 255.0
    return ReducedSystem(index, ys.astype(np.int32), xs.astype(np.int32), half, rhs)


def to_csr(system: ReducedSystem) -> Any:
    """The whole symmetric matrix L_UU as ``scipy.sparse.csr_matrix``, for the iterative solvers."""
    import scipy.sparse

    height, width = system.index.shape
    number = np.arange(len(system.ys))
    rows, columns, values = [number], [number], [system.half[:, 0]]
    for offset in range(1, HALF_STENCIL):
        dy = (offset + 2) // 5
        dx = offset - 5 * dy
        inside = (system.ys + dy < height) & (system.xs + dx >= 0) & (system.xs + dx < width)
        u = number[inside]
        v = system.index[system.ys[inside] + dy, system.xs[inside] + dx]
        u, v = u[v >= 0], v[v >= 0]
        rows += [u, v]
        columns += [v, u]
        values += [system.half[u, offset]] * 2
    entries = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    return scipy.sparse.csr_matrix(entries, (len(number), len(number)))
