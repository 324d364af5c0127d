import numpy as np
import pytest

from matting_models.closed_form.envelope_cholesky import (
    EnvelopeTooLarge,
    NotPositiveDefinite,
    _factor,
    _substitute,
    solve_envelope,
)
from matting_models.closed_form.matting_laplacian import ReducedSystem, to_csr


@pytest.mark.parametrize("block", [4, 16])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (7, 7), (5, 23), (30, 4)])
def test_envelope_solver_equals_dense(height: int, width: int, block: int) -> None:
    system = random_system(height, width, seed=height * width)
    dense = to_csr(system).toarray()
    np.testing.assert_array_equal(dense, dense.T)
    np.testing.assert_allclose(solve_envelope(system, block=block), np.linalg.solve(dense, system.rhs), rtol=1e-9)


def random_system(height: int, width: int, seed: int) -> ReducedSystem:
    """Random symmetric, diagonally dominant matrix on a grid with a third of its pixels known."""
    rng = np.random.default_rng(seed)
    unknown = rng.random((height, width)) > 0.3
    unknown[0, 0] = True
    ys, xs = (a.astype(np.int32) for a in np.nonzero(unknown))
    index = np.full((height, width), -1, np.int32)
    index[unknown] = np.arange(len(ys))
    half = rng.normal(size=(len(ys), 13))
    half[:, 0] = 40
    return ReducedSystem(index, ys, xs, half, rng.normal(size=len(ys)))


@pytest.mark.parametrize(("n", "bandwidth"), [(8, 1), (40, 5), (64, 63), (96, 20)])
def test_factor_and_substitute_on_banded_matrices(n: int, bandwidth: int) -> None:
    rng = np.random.default_rng(n)
    distance = np.abs(np.subtract.outer(np.arange(n), np.arange(n)))
    root = np.tril(rng.normal(size=(n, n)) * (distance <= bandwidth)) + 3 * np.eye(n)
    matrix, rhs = root @ root.T, rng.normal(size=n)
    block = 8
    first = np.array([max(0, row * block - bandwidth) // block for row in range(n // block)])
    rows = [matrix[i * block : (i + 1) * block, f * block : (i + 1) * block].T.ravel() for i, f in enumerate(first)]
    start = np.cumsum([0, *map(len, rows)])
    envelope = np.concatenate(rows)
    assert _factor(first, start, block, envelope)
    x = rhs.copy()
    _substitute(first, start, block, envelope, x)
    np.testing.assert_allclose(x, np.linalg.solve(matrix, rhs), rtol=1e-7, atol=1e-9)


def test_envelope_limit() -> None:
    with pytest.raises(EnvelopeTooLarge, match=r"^the envelope holds \d+ entries, more than 10$"):
        solve_envelope(random_system(9, 9, seed=0), max_entries=10)


def test_indefinite_matrix_is_noticed() -> None:
    system = random_system(9, 9, seed=0)
    system.half[40, 0] = -1
    with pytest.raises(NotPositiveDefinite, match=r"^a pivot of the matting Laplacian is not positive$"):
        solve_envelope(system)
