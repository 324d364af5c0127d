"""How surely the object of a reference was found."""

import cv2
import numpy as np
from numpy.typing import NDArray

MIN_SCORE = 0.1


def object_score(alpha: NDArray[np.float32], similarity: NDArray[np.float32]) -> float:
    """How much more of the similarity lies in the matte than by chance, as a share of what is possible.

    1: all of it; 0: as much as falls on any area of that size, so that the reference says nothing about the matte; 0
    too where there is no matte.

    Args:
        alpha: (H, W) in [0, 1].
        similarity: (h, w), at least 0, over the same picture; not 0 everywhere.
    """
    size = similarity.shape[1], similarity.shape[0]
    inside = cv2.resize(alpha, size, interpolation=cv2.INTER_AREA)
    share, area = float((similarity * inside).sum() / similarity.sum()), float(inside.mean())
    return (share - area) / (1 - area) if 0 < area < 1 else 0.0
