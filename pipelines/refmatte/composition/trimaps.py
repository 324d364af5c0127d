"""Trimaps of true alphas."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.labelling.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from pipelines.refmatte.composition.records import Alpha

WIDENED = 15 / 640
"""Diameter of the ellipse that erodes both sides, of the image's longer side: what trimaps of alphas are evaluated
with in the public code of matting networks (15 pixels at 640)."""


def trimap_of(alpha: Alpha) -> NDArray[np.uint8]:
    """Where an alpha is 0 or 255 for certain, also near by.

    What lies beyond the border is taken to continue: the border itself erodes nothing.

    Args:
        alpha: (H, W) uint8.

    Returns:
        (H, W) uint8: 0 known background, 128 unknown, 255 known foreground.
    """
    size = max(3, round(WIDENED * max(alpha.shape)) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[cv2.dilate(alpha, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) == 0] = BACKGROUND
    trimap[cv2.erode(alpha, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(255,)) == 255] = FOREGROUND
    return trimap
