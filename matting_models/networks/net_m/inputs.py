"""What the network is given, in training, validation and prediction alike."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from matting_models.networks.net_m.network import STRIDE

TRIMAP = 3
"""Which plane is the trimap."""


def planes_of(image: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Photo and trimap as one array, with sides that the network takes.

    Args:
        image: (H, W, 3), RGB.
        classes: (H, W), see ``matting_models.data.trimaps``.

    Returns:
        (4, H', W'), H' and W' the next multiples of ``STRIDE``: mirrored at the bottom and right without the edge
        itself; where a side is not longer than what is to be added, the edges are repeated.
    """
    height, width = classes.shape
    below, beside = -height % STRIDE, -width % STRIDE
    mode = "reflect" if below < height and beside < width else "edge"
    planes: NDArray[np.uint8] = np.pad(  # type: ignore[call-overload]
        np.dstack([image, classes]).transpose(2, 0, 1), ((0, 0), (0, below), (0, beside)), mode=mode
    )
    return np.ascontiguousarray(planes)


def network_inputs(planes: Tensor) -> tuple[Tensor, Tensor]:
    """From (B, 4, H, W) uint8 to photo, (B, 3, H, W) float in [0, 1], and trimap, (B, 3, H, W) float, one-hot."""
    trimap = one_hot(planes[:, TRIMAP].long(), 3).permute(0, 3, 1, 2).float()
    image = (planes[:, :TRIMAP].float() / 255).contiguous(memory_format=torch.channels_last)
    return image, trimap
