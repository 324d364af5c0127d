"""Closed-form matting (Levin, Lischinski, Weiss 2008) of one crop.

The result is that of ``pymatting.estimate_alpha_cf`` with its defaults on the whole image, to well within one grey
level: windows without an unknown pixel do not enter the equations, so a crop 2 pixels around the unknown region has
the same ones. They are solved exactly (see ``envelope_cholesky``) instead of by conjugate gradients.

Should the unknown region be too large for the direct solver's memory, PyMatting's incomplete Cholesky factor drives
conjugate gradients, and failing that, the diagonal does. Should PyMatting's rounding leave the matrix indefinite, as
happens in images of few colours, the equations are assembled again without it (see ``matting_laplacian``).

Dense products go through BLAS. They are too small for OpenBLAS to spread over threads; worker processes should still
set ``OPENBLAS_NUM_THREADS=1`` for other BLAS builds.
"""

import contextlib
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.arguments import check_batch, check_crop
from matting_models.closed_form.envelope_cholesky import (
    MAX_ENTRIES,
    EnvelopeTooLarge,
    NotPositiveDefinite,
    solve_envelope,
)
from matting_models.closed_form.matting_laplacian import ReducedSystem, reduced_system, to_csr
from pipelines.labelling.matting import MattingFailed

REACH = 2
"""A 3 x 3 window that holds an unknown pixel reaches this far from it."""

ICHOL_DISCARD = 1e-3
ICHOL_MAX_NNZ = MAX_ENTRIES
"""16 bytes each, taken as they fill: 1 GB. Measured: 42 entries per unknown pixel on a 12-megapixel photograph."""

CG_RTOL = 1e-7
CG_MAX_ITERATIONS = 10_000

Vector = NDArray[np.float64]
_Prior = tuple[NDArray[np.float32], NDArray[np.float32]] | None
"""An alpha and how much it weighs at every pixel."""


@dataclass(slots=True)
class SolverCounts:
    """How often each solver gave the answer.

    Attributes:
        reassembled: how often it took equations without PyMatting's rounding.
        warnings: how many PyMatting would have printed.
    """

    direct: int = 0
    incomplete_cholesky: int = 0
    jacobi: int = 0
    reassembled: int = 0
    warnings: int = 0


def _revision() -> str:
    try:
        return f"pymatting-{metadata.version('pymatting')}+direct-1"
    except metadata.PackageNotFoundError:
        return "direct-1"


def conjugate_gradients(
    matrix: Any, rhs: Vector, precondition: Callable[[Vector], Vector], rtol: float = CG_RTOL
) -> Vector:
    """Solve ``matrix x = rhs`` until the residual's norm is ``rtol`` times that of ``rhs``.

    Raises:
        NotPositiveDefinite: seen on the way.
        MattingFailed: not reached within ``CG_MAX_ITERATIONS``.
    """
    x = np.zeros_like(rhs)
    residual = rhs.copy()
    goal = rtol * np.linalg.norm(rhs)
    z = precondition(residual)
    direction = z.copy()
    energy = residual @ z
    for _ in range(CG_MAX_ITERATIONS):
        if np.linalg.norm(residual) <= goal:
            return x
        image = matrix @ direction
        curvature = direction @ image
        if not curvature > 0.0:  # True also for "not a number".
            raise NotPositiveDefinite(f"the matrix of {len(rhs)} unknown pixels is not positive definite")
        step = energy / curvature
        x += step * direction
        residual -= step * image
        z = precondition(residual)
        previous, energy = energy, residual @ z
        direction = z + (energy / previous) * direction
    raise MattingFailed(f"closed-form matting of {len(rhs)} unknown pixels did not converge")


def _pulled(system: ReducedSystem, prior: _Prior) -> ReducedSystem:
    """The equations with every unknown pixel drawn to its prior."""
    if prior is None:
        return system
    alpha, weight = (plane[system.ys, system.xs].astype(np.float64) for plane in prior)
    half = system.half.copy()
    half[:, 0] += weight
    return replace(system, half=half, rhs=system.rhs + weight * alpha)


class ClosedForm:
    """The ``closed-form`` backend; see ``pipelines.labelling.matting.MattingBackend``.

    An image less than 3 pixels high or wide has no windows, hence no equations: its unknown pixels keep trimap / 255.
    In any larger image, every unknown region is tied to a known pixel by some window, so none floats free.

    Args:
        max_entries: size of the largest direct factor, in numbers of 8 bytes.
        exact: assemble all equations without PyMatting's rounding. The result is then the definition's to many digits,
            and differs visibly from PyMatting's in windows with colours nearly on a line or in a plane.

    Attributes:
        counts: which solver ran how often, since construction.
    """

    name = "closed-form"
    context = 4
    batch_size = 1

    def __init__(self, max_entries: int = MAX_ENTRIES, exact: bool = False) -> None:
        self.revision = _revision() + ("-exact" if exact else "")
        self.counts = SolverCounts()
        self._max_entries = max_entries
        self._exact = exact

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        check_crop(image, trimap)
        return self._matte(image, trimap, None)

    def _matte(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8], prior: _Prior) -> NDArray[np.float32]:
        alpha = trimap.astype(np.float32) / np.float32(255)
        ys, xs = np.nonzero((trimap != 0) & (trimap != 255))
        if len(ys) == 0:
            return alpha
        rows = slice(max(0, ys.min() - REACH), ys.max() + REACH + 1)
        columns = slice(max(0, xs.min() - REACH), xs.max() + REACH + 1)
        near = None if prior is None else (prior[0][rows, columns], prior[1][rows, columns])
        alpha[ys, xs] = np.clip(self._unknown(image[rows, columns], trimap[rows, columns], near), 0.0, 1.0)
        return alpha

    def with_prior(
        self,
        image: NDArray[np.uint8],
        trimap: NDArray[np.uint8],
        prior: NDArray[np.float32],
        weight: NDArray[np.float32] | float,
    ) -> NDArray[np.float32]:
        """Matte one crop whose alpha is roughly known: the minimum of ``a^T L a + sum weight (a - prior)^2`` over the
        unknown pixels (Levin et al. 2008, section 3 and 5, with a soft constraint in the place of scribbles).

        Args:
            image, trimap: as in a call.
            prior: (H, W) float32 in [0, 1].
            weight: above 0; (H, W) float32, or one number for every pixel.

        Returns:
            (H, W) float32 in [0, 1]; exactly 0 and 1 where the trimap is known.
        """
        check_crop(image, trimap)
        return self._matte(image, trimap, (prior, np.broadcast_to(np.asarray(weight, np.float32), prior.shape)))

    def batch(
        self, images: Sequence[NDArray[np.uint8]], trimaps: Sequence[NDArray[np.uint8]]
    ) -> list[NDArray[np.float32]]:
        """Matte crops one after the other."""
        check_batch(images, trimaps)
        return [self(image, trimap) for image, trimap in zip(images, trimaps, strict=True)]

    def _unknown(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8], prior: _Prior) -> Vector:
        """Alpha of the unknown pixels in reading order, not yet clipped."""
        if not self._exact:
            try:
                return self._solve(_pulled(reduced_system(image, trimap), prior))
            except NotPositiveDefinite:
                self.counts.reassembled += 1
        return self._solve(_pulled(reduced_system(image, trimap, exact=True), prior))

    def _solve(self, system: ReducedSystem) -> Vector:
        try:
            x = solve_envelope(system, self._max_entries)
        except EnvelopeTooLarge:
            return self._solve_iteratively(system)
        self.counts.direct += 1
        return x

    def _solve_iteratively(self, system: ReducedSystem) -> Vector:
        matrix = to_csr(system)
        try:
            x = conjugate_gradients(matrix, system.rhs, self._incomplete_cholesky(matrix))
        except (ImportError, ValueError, MattingFailed):
            # PyMatting is not installed, its factor outgrew the limit, or it drove the iteration nowhere.
            diagonal = matrix.diagonal()
            x = conjugate_gradients(matrix, system.rhs, lambda r: r / diagonal)
            self.counts.jacobi += 1
            return x
        self.counts.incomplete_cholesky += 1
        return x

    def _incomplete_cholesky(self, matrix: Any) -> Callable[[Vector], Vector]:
        from pymatting import ichol

        printed = io.StringIO()
        try:
            with contextlib.redirect_stdout(printed):
                factor: Callable[[Vector], Vector] = ichol(
                    matrix.tocsc(), discard_threshold=ICHOL_DISCARD, max_nnz=ICHOL_MAX_NNZ
                )
        finally:
            self.counts.warnings += printed.getvalue().count("WARNING")
        return factor
