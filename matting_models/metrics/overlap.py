"""How far two mattes overlap."""

import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import make_pair


def overlap(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    """IoU of alphas, without a threshold: ``sum min(p, t) / sum max(p, t)``; 0 where nothing is in either.

    Args:
        prediction, truth: (H, W) floats in [0, 1].

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    make_pair(prediction, truth, None)
    union = float(np.maximum(prediction, truth).sum())
    return float(np.minimum(prediction, truth).sum()) / union if union else 0.0
