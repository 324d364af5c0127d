"""DiffMatte as its authors evaluate it, for numbers to be compared with theirs.

Two things differ from the ``diffmatte`` backend, which labels. Every grey of a trimap is taken for the nearest of its
three classes, by the bounds 85 and 170. And what the network says of known foreground stays: their code sets it where
the trimap is 2, in a trimap whose largest value is 1, so that only known background is ever set (``inference.py`` and
``modeling/meta_arch/difmatte.py`` of github.com/YihanHu-2022/DiffMatte).
"""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from matting_models.data.trimaps import BACKGROUND
from matting_models.networks.diffmatte.backend import DiffMatteBackend
from matting_models.networks.diffmatte.inputs import planes_of

BOUNDS = (85, 170)
"""Greys from which on a pixel is unknown, and foreground."""


class AuthorsDiffMatte(DiffMatteBackend):
    """From photo and trimap to alpha, one at a time, at native size.

    Args:
        weights, device, precision: as ``DiffMatteBackend``.
    """

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto") -> None:
        super().__init__(weights, device, precision, batch_size=1)

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        """An alpha.

        Args:
            image: (H, W, 3) uint8, RGB.
            trimap: (H, W) uint8; known pixels may be missing.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            Overflowed: the output is not finite.
            MattingFailed: it does not fit in GPU memory.
        """
        height, width = trimap.shape
        predicted = self._forward(self._prepare(image, trimap)[None])[0][:height, :width]
        alpha: NDArray[np.float32] = np.where(_classes(trimap) == BACKGROUND, np.float32(0), predicted)
        return alpha

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> Tensor:
        return from_numpy(planes_of(image, _classes(trimap)))


def _classes(trimap: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.digitize(trimap, BOUNDS).astype(np.uint8)
