"""Trimaps of true alphas."""

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.eta import default_eta
from pipelines.labelling.trimap import BACKGROUND, FOREGROUND, UNKNOWN
from pipelines.refmatte.composition.records import Alpha

ETA = default_eta("measured")
"""The diameter of the ellipse that erodes both sides is the root of the entity's area over it, as labelling's adaptive
kernel: no width suits small and large ones."""


def trimap_of(alpha: Alpha) -> NDArray[np.uint8]:
    """Where an alpha is 0 or 255 for certain, also near by.

    What lies beyond the border is taken to continue: the border itself erodes nothing.

    Args:
        alpha: (H, W) uint8.

    Returns:
        (H, W) uint8: 0 known background, 128 unknown, 255 known foreground.
    """
    size = max(3, round(float(np.sqrt(np.count_nonzero(alpha))) / ETA) | 1)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    trimap = np.full(alpha.shape, UNKNOWN, np.uint8)
    trimap[cv2.dilate(alpha, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(0,)) == 0] = BACKGROUND
    trimap[cv2.erode(alpha, kernel, borderType=cv2.BORDER_CONSTANT, borderValue=(255,)) == 255] = FOREGROUND
    return trimap
