"""Mean squared error."""

import numpy as np
from numpy.typing import NDArray


def mse(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """MSE of a matte over the whole image: ``mean (prediction - truth)^2``.

    Args:
        prediction, truth: (H, W) floats in [0, 1].

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction is {prediction.shape}, truth is {truth.shape}; expected the same shape")
    return float(np.square(prediction.astype(np.float64) - truth).mean())
