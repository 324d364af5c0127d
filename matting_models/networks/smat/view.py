"""How large the network sees a photo."""

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.marks import POINT_REACH

P = TypeVar("P", np.uint8, np.float32)


@dataclass(frozen=True, slots=True)
class View:
    """A photo's size, and the one it is seen at.

    Attributes:
        photo, size: height and width.
        reach: of points, in pixels of ``size``.
    """

    photo: tuple[int, int]
    size: tuple[int, int]
    reach: int

    def scale(self) -> tuple[float, float]:
        """Down and across."""
        return self.size[0] / self.photo[0], self.size[1] / self.photo[1]


def view_of(height: int, width: int, config: SMatConfig) -> View:
    """Photos whose sides are both above ``config.longest`` are scaled down, as in the authors' evaluation."""
    size = (height, width)
    if min(size) > config.longest:
        scale = config.longest / max(size)
        size = (max(1, int(height * scale)), max(1, int(width * scale)))
    return View((height, width), size, config.scaled(POINT_REACH))


def resized(picture: NDArray[P], size: tuple[int, int]) -> NDArray[P]:
    """Averaged down or interpolated up; (H, W) or (H, W, C)."""
    if picture.shape[:2] == size:
        return picture
    method = cv2.INTER_AREA if size[0] < picture.shape[0] else cv2.INTER_LINEAR
    found = cv2.resize(picture, size[::-1], interpolation=method)
    return found.astype(picture.dtype, copy=False)
