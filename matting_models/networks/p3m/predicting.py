"""P3M-Net on photos of any size, by the rule that its authors advise: classes at half the size, details at the full."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from matting_models.networks.p3m.config import STRIDE
from matting_models.networks.p3m.fusion import fuse
from matting_models.networks.p3m.network import P3MNet

SHORTER = 1080
"""Photos whose shorter side is longer are seen smaller."""
LONGEST = 1600
"""Longer sides are seen as long as this, whatever the other."""


def seen_size(height: int, width: int, share: float) -> tuple[int, int]:
    """Height and width that a photo is seen at, multiples of ``STRIDE`` and at least that.

    Args:
        height, width: of the photo.
        share: of the size that it would be seen at.
    """
    scale = share * min(1.0, SHORTER / min(height, width))
    tall, wide = (max(STRIDE, min(LONGEST, int(length * scale) // STRIDE * STRIDE)) for length in (height, width))
    return tall, wide


@torch.inference_mode()
def refine(network: P3MNet, image: Tensor, coarse: Tensor) -> Tensor:
    """The alpha of one photo.

    Args:
        network: in evaluation mode.
        image: (1, 3, H, W) float RGB in [0, 1].
        coarse: (1, 1, H, W) float in [0, 1].

    Returns:
        (1, 1, H, W) float32 in [0, 1]; not finite where the network's output is not.
    """
    height, width = image.shape[2:]
    half, full = (seen_size(height, width, share) for share in (0.5, 1.0))
    logits = network.classes(_at(half, image), _at(half, coarse))
    details = network(_at(full, image), _at(full, coarse)).details
    overflowed = ~(logits.isfinite().all() & details.isfinite().all())
    alpha = fuse(_at((height, width), logits), _at((height, width), details)).clamp(0, 1)
    return alpha.masked_fill(overflowed, torch.nan)


def _at(size: tuple[int, int], planes: Tensor) -> Tensor:
    if planes.shape[2:] == size:
        return planes
    return interpolate(planes, size=size, mode="bilinear", align_corners=False, antialias=True)
