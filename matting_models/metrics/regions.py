"""Which pixels count."""

import numpy as np
from numpy.typing import NDArray


def unknown_region(trimap: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The pixels that a trimap leaves open: everything between 0 and 255, since tools write 127, 128 or others.

    Args:
        trimap: (H, W) uint8; 0 known background, 255 known foreground.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: not (H, W) uint8.
    """
    check_trimap(trimap, "trimap")
    return (trimap > 0) & (trimap < 255)


def check_trimap(trimap: NDArray[np.uint8], name: str) -> None:
    """Whether it can be one.

    Raises:
        ValueError: not (H, W) uint8.
    """
    if trimap.ndim != 2 or trimap.dtype != np.uint8:
        raise ValueError(f"{name} is {trimap.shape} {trimap.dtype}; expected (H, W) uint8: 0, between, 255")
