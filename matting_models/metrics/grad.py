"""Gradient error."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import Pair, make_pair
from matting_models.needing import needing

SIGMA = 1.4
"""Standard deviation of the Gaussian in pixels. The filters end where it falls below 0.01, 4 pixels away."""


def grad(
    prediction: NDArray[np.floating],
    truth: NDArray[np.floating],
    region: NDArray[np.bool_] | None = None,
    *,
    stretch: bool = False,
) -> float:
    """Gradient error of a matte: ``sum (|grad prediction| - |grad truth|)^2 / 1000`` (Rhemann et al., CVPR 2009).

    Gradients are convolutions with first derivatives of a Gaussian, sigma 1.4, on 9 x 9 pixels, each filter divided by
    its Euclidean norm, borders replicated: what the evaluation code of Composition-1k does, and its ports.

    Args:
        prediction, truth: (H, W) floats in [0, 1].
        region: (H, W) bool, the pixels that count, such as ``unknown_region(trimap)``; None for the whole image.
            Gradients are of the whole matte either way.
        stretch: stretch each matte to [0, 1] by its own least and largest value first, as that MATLAB code does (its
            Python ports mostly don't). Nothing changes for mattes that have both 0 and 1; a constant becomes 0.

    Returns:
        At least 0; 0 for an empty region.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    return grad_of(make_pair(prediction, truth, region), stretch=stretch)


def grad_of(pair: Pair, *, stretch: bool = False) -> float:
    """Gradient error of a checked pair."""
    with needing("Grad", "numba"):
        from matting_models.metrics._gradient_kernel import RADIUS, squared_differences

    if stretch:
        pair = replace(pair, prediction=_stretched(pair.prediction), truth=_stretched(pair.truth))
    x = np.arange(RADIUS + 1, dtype=np.float64)
    gaussian = np.exp(-np.square(x) / (2 * SIGMA**2))
    derivative = x * gaussian
    halves = (values / np.sqrt(2 * np.square(values).sum() - values[0] ** 2) for values in (gaussian, derivative))
    return float(squared_differences(pair.prediction, pair.truth, pair.counted, *halves)) / 1000


def _stretched(matte: NDArray[np.float64]) -> NDArray[np.float64]:
    low, high = float(matte.min()), float(matte.max())
    return (matte - low) / (high - low) if high > low else np.zeros_like(matte)
