"""Which part of a photo the network looks at."""

import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_of

CONTEXT = 0.25
"""Of the longer side of the mask's box, on every side: room for hair that the mask lacks, and background to compare
with."""
LEAST_CONTEXT = 16
"""In pixels."""


def crop_around(mask: NDArray[np.uint8], factor: float = 1.0) -> tuple[slice, slice]:
    """Rows and columns of the mask's box with context around it, cut at the borders.

    Args:
        mask: (H, W) uint8 of 0 and 1, not empty.
        factor: of the context.
    """
    x0, y0, x1, y1 = box_of(mask)
    around = round(factor * max(LEAST_CONTEXT, CONTEXT * max(x1 - x0, y1 - y0)))
    height, width = mask.shape
    return (
        slice(max(0, y0 - around), min(height, y1 + around)),
        slice(max(0, x0 - around), min(width, x1 + around)),
    )
