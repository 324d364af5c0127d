"""Photos and masks as the networks take them."""

import torch
from torch import Tensor


def images_of(pixels: Tensor) -> Tensor:
    """(B, 3, S, S) float32 in [-1, 1] of (B, 3, S, S) uint8."""
    return pixels.float() / 127.5 - 1


def mask_of(alpha: Tensor) -> Tensor:
    """Where a reference's alpha, uint8, is above one half; bool of the same shape."""
    return torch.gt(alpha, 127)
