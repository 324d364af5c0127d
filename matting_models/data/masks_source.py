"""Photographs with masks for alpha, to be trusted away from the mask's edge only."""

import math
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.coco_source import MIN_AREA, CocoSource
from matting_models.data.sample import Sample

BAND = 1 / 14
"""Half the width of the band that is not trusted, in square roots of the object's area."""
LEAST = 3000
"""Pixels that a mask must have."""


class MasksSource(CocoSource):
    """Real photographs: clutter is learned from them, edges are not (ZIM, ICCV 2025: selective transformation).

    Args:
        annotations, images, min_area: as of ``CocoSource``.
        band: half the width around the outline where ``trusted`` is 0, in square roots of the object's area.
    """

    def __init__(self, annotations: Path, images: Path, min_area: float = MIN_AREA, band: float = BAND) -> None:
        super().__init__(annotations, images, min_area, [f"masks {min_area:g} {band:g}"])
        self._band = band

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        photo, mask = self._photo(row), self._mask(row, LEAST)
        alpha: NDArray[np.uint8] = mask * np.uint8(255)
        return Sample(self.sample_id(row), photo, alpha, trusted=_away_from_edge(mask, self._band))


def _away_from_edge(mask: NDArray[np.uint8], band: float) -> NDArray[np.uint8]:
    radius = max(3, int(math.sqrt(mask.sum()) * band))
    square = np.ones((2 * radius + 1,) * 2, np.uint8)
    inside, outside = cv2.erode(mask, square) > 0, cv2.dilate(mask, square) == 0
    return np.where(inside | outside, 255, 0).astype(np.uint8)
