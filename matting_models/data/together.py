"""Several instances of a photo as one foreground."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray


def together(alphas: Iterable[NDArray[np.uint8]]) -> NDArray[np.uint8]:
    """The alpha of all instances: 1 - (1 - a1) (1 - a2) ..., rounded.

    Args:
        alphas: at least one, (H, W) uint8 of one size; alpha = value / 255.
    """
    through = np.prod([1 - alpha.astype(np.float32) / np.float32(255) for alpha in alphas], axis=0)
    return np.asarray(np.rint(255 * (1 - through)), np.uint8)
