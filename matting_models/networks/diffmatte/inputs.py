"""What the network is given, in training, validation and prediction alike."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import one_hot

from matting_models.crop_network import vitmatte_sides

TRIMAP = 3
"""Which plane is the trimap."""
BEYOND = 3
"""What stands in the trimap for the padding, beside its three classes."""


def planes_of(image: NDArray[np.uint8], classes: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Photo and trimap as one array, padded at the bottom and right.

    Args:
        image: (H, W, 3), RGB.
        classes: (H, W), see ``matting_models.data.trimaps``.

    Returns:
        (4, H', W'), H' and W' as ``vitmatte_sides``.
    """
    height, width = classes.shape
    planes = np.zeros((4, *vitmatte_sides(height, width)), np.uint8)
    planes[TRIMAP] = BEYOND
    planes[:TRIMAP, :height, :width] = image.transpose(2, 0, 1)
    planes[TRIMAP, :height, :width] = classes
    return planes


def network_inputs(planes: Tensor) -> tuple[Tensor, Tensor]:
    """Photo and trimap as ``DiffMatte`` takes them, from (B, 4, H, W) uint8."""
    trimap = one_hot(planes[:, TRIMAP].long(), 4)[..., :3].permute(0, 3, 1, 2).float()
    image = (planes[:, :TRIMAP].float() / 255).contiguous(memory_format=torch.channels_last)
    return image, trimap
