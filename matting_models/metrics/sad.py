"""Sum of absolute differences."""

import numpy as np
from numpy.typing import NDArray


def sad(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """SAD of a matte over the whole image: ``sum |prediction - truth| / 1000``.

    Args:
        prediction, truth: (H, W) floats in [0, 1].

    Raises:
        ValueError: the shapes differ.
    """
    if prediction.shape != truth.shape:
        raise ValueError(f"prediction is {prediction.shape}, truth is {truth.shape}; expected the same shape")
    return float(np.abs(prediction.astype(np.float64) - truth).sum()) / 1000
