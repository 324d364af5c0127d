"""What every backend asks of its arguments."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def check_crop(image: Any, trimap: Any) -> None:
    """Raise ValueError unless the arguments are what ``pipelines.labelling.matting.MattingBackend`` describes."""
    for name, value in (("image", image), ("trimap", trimap)):
        if not isinstance(value, np.ndarray):
            raise ValueError(f"{name} is a {type(value).__name__}, expected a NumPy array")
    if image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image has shape {image.shape}, expected (H, W, 3)")
    if image.dtype != np.uint8:
        raise ValueError(f"image has dtype {image.dtype}, expected uint8")
    if trimap.shape != image.shape[:2]:
        raise ValueError(f"trimap has shape {trimap.shape}, expected {image.shape[:2]} as the image")
    if trimap.dtype != np.uint8:
        raise ValueError(f"trimap has dtype {trimap.dtype}, expected uint8")
    for name, value in (("foreground", 255), ("background", 0)):
        if not (trimap == value).any():
            raise ValueError(f"trimap has no known {name}, expected at least one pixel of value {value}")


def check_batch(images: Any, trimaps: Any) -> None:
    """Raise ValueError unless there are as many images as trimaps."""
    if len(images) != len(trimaps):
        raise ValueError(f"batch has {len(images)} images and {len(trimaps)} trimaps, expected as many of each")


def check_mask(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A mask as (H, W) uint8 of 0 and 1, without a copy where it is contiguous.

    Raises:
        ValueError: the image is not (H, W, 3) uint8, or the mask not uint8 or bool of its size, with 0 and 1 in it.
    """
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"image is (H, W, 3) uint8, got shape {image.shape} and dtype {image.dtype}")
    if mask.shape != image.shape[:2] or mask.dtype not in (np.uint8, np.bool_):
        raise ValueError(
            f"mask is uint8 or bool of the image's size {image.shape[:2]}, got shape {mask.shape} and "
            f"dtype {mask.dtype}"
        )
    binary = np.ascontiguousarray(mask).view(np.uint8)
    if not binary.any():
        raise ValueError("mask has no pixel set")
    if (largest := int(binary.max())) > 1:
        raise ValueError(f"mask holds 0 and 1, got {largest}")
    return binary
