"""ViTMatte as its authors evaluate it, for numbers to be compared with theirs.

Four things differ from the ``vitmatte`` backend, which labels: the unknown region enters as 128 / 255, as it stands in
the picture, and not as the 0.5 of training; photos are padded by the authors' own rule; what the network says of known
pixels stays; alphas are cut to 8 bits, not rounded. All four are in the authors' ``inference.py`` and network
(github.com/hustvl/ViTMatte).
"""

import numpy as np
from numpy.typing import NDArray

from matting_models.backends.vitmatte import VitMatte
from matting_models.weights import models_extra

with models_extra("evaluation of ViTMatte"):
    import torch
    import torch.nn.functional as F

    from matting_models.crop_network import vitmatte_sides


class AuthorsVitMatte(VitMatte):
    """From photo and trimap to alpha, one at a time, at native size.

    Args:
        weights, device, precision: as ``VitMatte``.
    """

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto") -> None:
        super().__init__(weights, device, precision, batch_size=1)

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        """An alpha.

        Args:
            image: (H, W, 3) uint8, RGB.
            trimap: (H, W) uint8; 0 background, 255 foreground, 128 unknown; known pixels may be missing.

        Returns:
            (H, W) float32, multiples of 1 / 255.

        Raises:
            Overflowed: the output is not finite.
            MattingFailed: it does not fit in GPU memory.
        """
        height, width = trimap.shape
        alpha = self._forward(self._prepare(image, trimap)[None])[0]
        eight_bit: NDArray[np.float32] = np.floor(alpha[:height, :width] * np.float32(255)) / np.float32(255)
        return eight_bit

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> torch.Tensor:
        """(4, H', W')."""
        pixels = self._pixels(image, trimap.astype(np.float32))
        height, width = trimap.shape
        rows, columns = vitmatte_sides(height, width)
        return F.pad(pixels, (0, columns - width, 0, rows - height))
