"""How Net-T sees a whole instance, in prediction and in validation alike."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.networks.net_t.config import STRIDE


def to_side(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scaled so that the longer side is ``side``; (H, W) or (H, W, C)."""
    return scaled_by(picture, side / max(picture.shape[:2]))


def scaled_by(picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
    """Averaged down or interpolated up; sides of at least one pixel."""
    height, width = (max(1, round(length * scale)) for length in picture.shape[:2])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)


def padded(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """At the bottom and right to multiples of ``STRIDE``, the edges repeated; (H, W) or (H, W, C)."""
    border = [(0, -length % STRIDE) for length in picture.shape[:2]]
    return np.pad(picture, border + [(0, 0)] * (picture.ndim - 2), mode="edge")
