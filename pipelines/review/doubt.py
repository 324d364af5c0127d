"""How doubtful a matte is, from what the manifest knows: what people should look at first."""

import numpy as np
from numpy.typing import NDArray


def doubt(unknown_fraction: NDArray[np.float64], mask_area: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean width of what the method had to decide, in pixels: unknown pixels over the square root of the mask's area.

    Of what the manifest has this follows the true error best (docs/review.md has the figures); agreement of matte
    and mask says less, since hair that the mask lacks lowers it as much as a mistake does.

    Args:
        unknown_fraction: (N,) unknown pixels over those that are not known background, in [0, 1]; NaN where not known.
        mask_area: (N,) pixels.

    Returns:
        (N,) float64, 0 or more; infinite where not known, since that should be looked at.

    >>> doubt(np.array([0.1, 0.5]), np.array([10000.0, 10000.0]))
    array([10., 50.])
    """
    width = unknown_fraction * np.sqrt(mask_area)
    return np.where(np.isnan(width), np.inf, width)
