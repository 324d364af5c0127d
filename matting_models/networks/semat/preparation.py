"""From a photo and a box to the network's square input, and back."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_in_photo
from matting_models.errors import InputError
from matting_models.networks.semat.config import Architecture
from matting_models.networks.semat.framing import corner_pixels, interpolation, pad_colour, scaled_size


def prepare_image(image: NDArray[Any], side: int, architecture: Architecture) -> NDArray[Any]:
    """Scale the long side to ``side`` and pad at the bottom or right.

    Args:
        image: (H, W, 3) uint8, RGB, or float32 of 0 to 255.
        side: of the square.
        architecture: says how it is scaled and what is beside it.

    Returns:
        (side, side, 3) of the same dtype, RGB.

    Raises:
        InputError: no such image.
    """
    check_image(image, (np.uint8, np.float32))
    height, width = scaled_size(image.shape[0], image.shape[1], side, architecture)
    method = interpolation(height < image.shape[0], architecture)
    scaled = cv2.resize(image, (width, height), interpolation=method)
    square = np.empty((side, side, 3), image.dtype)
    square[:] = pad_colour(architecture)
    square[:height, :width] = scaled
    return square


def check_image(image: NDArray[Any], dtypes: tuple[type, ...] = (np.uint8,)) -> None:
    """Raise InputError unless it is (H, W, 3) uint8, or of other dtypes that are named, with at least one pixel."""
    if not isinstance(image, np.ndarray):
        raise InputError(f"image is a {type(image).__name__}, expected a NumPy array")
    if image.ndim != 3 or image.shape[2] != 3 or 0 in image.shape:
        raise InputError(f"image has shape {image.shape}, expected (height, width, 3)")
    if image.dtype not in dtypes:
        raise InputError(f"image has dtype {image.dtype}, expected uint8")


def prepare_box(
    box: Sequence[float], height: int, width: int, side: int, architecture: Architecture
) -> NDArray[np.float32]:
    """A box of a photo, cut at the photo's border, in pixels of the square input.

    Args:
        box: x0, y0, x1, y1 in pixels of the photo; edges, x1 and y1 exclusive.
        height, width: of the photo.
        side: of the square.
        architecture: says whether edges or corner pixels come out.

    Returns:
        (4,) float32; ``paper``: edges again; ``released``: the first and the last pixel, whole numbers.

    Raises:
        InputError: not four finite numbers, or empty, or outside the photo.
    """
    inside = np.array(box_in_photo(box, height, width))
    if architecture == "released":
        scaled = np.floor(np.array(corner_pixels(*inside)) * (side / max(height, width)) + 0.5)
        return np.clip(scaled, 0, side - 1).astype(np.float32)
    fit_height, fit_width = scaled_size(height, width, side, architecture)
    x0, y0, x1, y1 = inside * np.array([fit_width / width, fit_height / height] * 2)
    left, right = _at_least_one(x0, x1, fit_width)
    top, bottom = _at_least_one(y0, y1, fit_height)
    return np.array([left, top, right, bottom], np.float32)


def _at_least_one(low: float, high: float, size: int) -> tuple[float, float]:
    """An interval within 0 to ``size``, widened to one pixel: a large photo's small box may shrink to less."""
    if high - low < 1:
        low = min(max(0.0, (low + high - 1) / 2), size - 1)
        high = low + 1
    return low, high


def restore_alpha(
    alpha: NDArray[np.float32], height: int, width: int, architecture: Architecture
) -> NDArray[np.float32]:
    """Cut the padding off a (side, side) alpha and scale it to the photo's size, bilinearly."""
    fit_height, fit_width = scaled_size(height, width, alpha.shape[0], architecture)
    cut = np.ascontiguousarray(alpha[:fit_height, :fit_width])
    if (fit_height, fit_width) == (height, width):
        return cut
    smaller = height < fit_height
    scaled = cv2.resize(cut, (width, height), interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR)
    return np.clip(scaled, 0.0, 1.0).astype(np.float32, copy=False)
