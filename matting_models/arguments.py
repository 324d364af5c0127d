"""What every backend asks of its arguments."""

from typing import Any

import numpy as np


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
