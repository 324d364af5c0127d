"""What the network sees of an instance: the photo, the mask, and what classical matting says of both.

Colours near the mask's sure inside and sure outside are modelled as Gaussians at two reaches, and the closed form is
solved at reduced size in a wide band. Both hold for any photograph, so the network needs far fewer pictures to learn
which of them to believe where. NumPy and OpenCV only.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.needing import needing
from pipelines.labelling.matting import MattingFailed
from pipelines.labelling.trimap import make_trimap

if TYPE_CHECKING:
    from matting_models.closed_form.solver import ClosedForm

CHANNELS = 13
"""Photo 3, mask 1, distance 1, size 1, and for each of two reaches likelihood ratio, mixture and contrast; the closed
form 1."""

MEAN, STD = np.float32(127 / 255), np.float32(128 / 255)
"""What the encoder's pretrained weights expect colours in [0, 1] to be normalised with."""

UNITS_PER_SIDE = 20
"""The unit of length is sqrt(mask area) / 20: what a mask of hair is off by."""
SURE = 0.35
"""So many units from the outline a pixel is taken for a sure one by the colour models."""
REACHES = (2.0, 8.0)
"""Standard deviations of the colour models' windows, in units."""
FALLBACK = 1e-3
"""Share of the next wider window that joins a window's sums: it decides where the window is empty."""
FLOOR = 2e-4
"""Added to variances of colours in [0, 1]: a standard deviation of 3.6 grey levels, what noise and JPEG leave."""

SOLVER_SIDE = 256
"""Longer side in pixels at which the closed form is solved."""
SOLVER_ETA = 14.0
"""Its unknown band is sqrt(area) / eta wide."""

Plane = NDArray[np.float32]


def network_input(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Plane:
    """Stack the network's channels.

    Args:
        image: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1; not empty.

    Returns:
        (CHANNELS, H, W) float32.
    """
    unit = max(1.0, math.sqrt(float(mask.sum())) / UNITS_PER_SIDE)
    distance = _signed_distance(mask) / np.float32(unit)
    colours = np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32) / np.float32(255)
    planes = np.empty((CHANNELS, *mask.shape), np.float32)
    planes[:3] = (colours - MEAN) / STD
    planes[3] = mask
    planes[4] = np.clip(distance / 3, -1, 1)
    planes[5] = math.log2(unit) / 4
    planes[6:12] = colour_evidence(colours, distance, unit)
    planes[12] = coarse_closed_form(image, mask)
    return planes


def _signed_distance(mask: NDArray[np.uint8]) -> Plane:
    """Pixels to the outline, positive inside; capped where there is no outline."""
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5)
    cap = np.float32(sum(mask.shape))
    return np.asarray(np.minimum(inside, cap) - np.minimum(outside, cap), np.float32)


@dataclass(frozen=True, slots=True)
class _Gaussians:
    """A colour model at every point of a grid: means (3, h, w), upper triangles of inverse covariances (6, h, w),
    logarithms of determinants (h, w)."""

    mean: Plane
    inverse: Plane
    logdet: Plane


def colour_evidence(colours: Plane, distance: Plane, unit: float) -> Plane:
    """What the colours nearby say.

    Args:
        colours: (3, H, W) float32 in [0, 1].
        distance: (H, W) float32, signed distance to the outline in units, positive inside.
        unit: in pixels.

    Returns:
        (6, H, W) float32; for each reach: the logarithm of the likelihood ratio of foreground and background, squashed
        to (-1, 1); the share of foreground in a mixture of both means (Fisher's direction), clipped to [-0.5, 1.5];
        how well they can be told apart, in [0, 1).
    """
    sure = [(distance > SURE).astype(np.float32), (distance < -SURE).astype(np.float32)]
    sums = [_sums(colours, weight, unit) for weight in sure]
    planes: list[Plane] = []
    for level in range(len(REACHES)):
        foreground, background = (_gaussians(side[level]) for side in sums)
        planes += _compare(colours, foreground, background)
    return np.stack(planes)


def _sums(colours: Plane, weight: Plane, unit: float) -> list[Plane]:
    """Windowed means of weight, weighted colours and their products, (10, h, w) on a coarse grid for each reach."""
    weighted = colours * weight
    products = [weighted[i] * colours[j] for i, j in ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))]
    grids: list[Plane] = []
    layers: list[Plane] = [weight, *weighted, *products]
    for reach in REACHES:
        layers = _coarser(layers, reach * unit / 3, weight.shape)
        sigma = reach * unit * layers[0].shape[1] / weight.shape[1]
        grids.append(np.stack([cv2.GaussianBlur(layer, (0, 0), sigma) for layer in layers]))
    whole = grids[-1].mean((1, 2), keepdims=True) + np.float32(1e-8)
    wider: Plane = whole / whole[0]
    for k in reversed(range(len(grids))):
        grids[k] = grids[k] + np.float32(FALLBACK) * wider
        if k:
            wider = np.stack(_resized(grids[k] / grids[k][0], grids[k - 1].shape[1:]))
    return grids


def _coarser(layers: list[Plane], step: float, full: tuple[int, ...]) -> list[Plane]:
    """Averaged down to ``step`` pixels of the ``full`` size."""
    height, width = (max(1, round(side / max(1.0, step))) for side in full)
    return [np.asarray(cv2.resize(x, (width, height), interpolation=cv2.INTER_AREA), np.float32) for x in layers]


def _resized(layers: Iterable[Plane], size: tuple[int, ...]) -> list[Plane]:
    """Interpolated to a height and width."""
    return [np.asarray(cv2.resize(x, (size[1], size[0]), interpolation=cv2.INTER_LINEAR), np.float32) for x in layers]


def _gaussians(sums: Plane) -> _Gaussians:
    r, g, b, rr, rg, rb, gg, gb, bb = sums[1:] / sums[0]
    # Rounding can leave a variance below zero, and a matrix indefinite.
    xx, yy, zz = (np.maximum(q - m * m, 0) + np.float32(FLOOR) for q, m in ((rr, r), (gg, g), (bb, b)))
    xy, xz, yz = ((q - m) * np.float32(0.98) for q, m in ((rg, r * g), (rb, r * b), (gb, g * b)))
    adjugate = np.stack(
        [
            yy * zz - yz * yz,
            xz * yz - xy * zz,
            xy * yz - xz * yy,
            xx * zz - xz * xz,
            xy * xz - xx * yz,
            xx * yy - xy * xy,
        ]
    )
    determinant = np.maximum(xx * adjugate[0] + xy * adjugate[1] + xz * adjugate[2], np.float32(FLOOR**3))
    return _Gaussians(np.stack([r, g, b]), adjugate / determinant, np.log(determinant))


def _compare(colours: Plane, foreground: _Gaussians, background: _Gaussians) -> list[Plane]:
    """Likelihood ratio, mixture and contrast."""
    size = colours.shape[1:]
    ratio = _resized([background.logdet - foreground.logdet], size)[0]
    for sign, model in ((-1, foreground), (1, background)):
        offset = [c - m for c, m in zip(colours, _resized(model.mean, size), strict=True)]
        ratio += sign * _quadratic(_resized(model.inverse, size), offset)
    apart = foreground.mean - background.mean
    inverse = (foreground.inverse + background.inverse) / np.float32(2)
    direction = np.stack(_times(inverse, apart))
    squared = np.maximum((direction * apart).sum(0), np.float32(1e-6))
    x, y, z, start, contrast = _resized(
        [*(direction / squared), (direction * background.mean).sum(0) / squared, squared / (squared + 4)], size
    )
    share = x * colours[0] + y * colours[1] + z * colours[2] - start
    return [np.tanh(ratio / np.float32(16)), np.clip(share, -0.5, 1.5), contrast]


def _quadratic(inverse: list[Plane], x: list[Plane]) -> Plane:
    r, g, b = x
    rows = _times(inverse, x)
    total: Plane = rows[0] * r + rows[1] * g + rows[2] * b
    return total


def _times(inverse: Sequence[Plane] | Plane, x: Sequence[Plane] | Plane) -> list[Plane]:
    """Symmetric matrices by their upper triangles, times vectors."""
    rr, rg, rb, gg, gb, bb = inverse
    r, g, b = x
    return [rr * r + rg * g + rb * b, rg * r + gg * g + gb * b, rb * r + gb * g + bb * b]


def coarse_closed_form(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Plane:
    """The closed form in a wide band, at reduced size; the mask itself where it cannot be solved."""
    height, width = mask.shape
    scale = min(1.0, SOLVER_SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    photo = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
    share = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    reduced = (share >= 0.5).astype(np.uint8)
    alpha = _solve(photo, reduced)
    return np.asarray(cv2.resize(alpha, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


def closed_form() -> "ClosedForm":
    """The solver.

    Raises:
        ModuleNotFoundError: Numba is not installed; importing this package does not need it.
    """
    with needing("mask-to-matte", "numba"):
        from matting_models.closed_form.solver import ClosedForm
    return ClosedForm()


def _solve(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Plane:
    if not mask.any():
        return mask.astype(np.float32)
    trimap = make_trimap(mask, eta=SOLVER_ETA, min_kernel=3, gap_kernel=1).values
    if not (trimap == 255).any() or trimap.all():
        return mask.astype(np.float32)
    try:
        return closed_form()(image, trimap)
    except MattingFailed:
        return mask.astype(np.float32)
