"""ViTMatte's detail capture: features of the backbone meet details of the photo, coarse to fine."""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.networks.width import scaled

STREAM = (48, 96, 192)
"""Channels of the photo's details at a half, a quarter and an eighth."""
FUSED = (256, 128, 64, 32)
"""Channels of what is fused at an eighth, a quarter, a half and whole."""
HEAD = 16
STRIDE = 16
"""Pixels of the photo to a token, after it was resized to that."""


def convolution(channels: int, made: int, stride: int = 1) -> nn.Sequential:
    """3 x 3, batch normalisation, ReLU."""
    return nn.Sequential(
        nn.Conv2d(channels, made, 3, stride, 1, bias=False), nn.BatchNorm2d(made), nn.ReLU(inplace=True)
    )


class DetailDecoder(nn.Module):
    """Alpha from features and photo.

    Args:
        channels: of the features.
        width: share of the paper's channels.
    """

    def __init__(self, channels: int, width: float = 1.0) -> None:
        super().__init__()
        details = [3, *(scaled(each, width) for each in STREAM)]
        fused = [channels, *(scaled(each, width) for each in FUSED)]
        self.stream = nn.ModuleList(convolution(before, after, stride=2) for before, after in pairwise(details))
        self.fusion = nn.ModuleList(
            convolution(before + detail, after)
            for (before, after), detail in zip(pairwise(fused), reversed(details), strict=True)
        )
        middle = scaled(HEAD, width)
        self.head = nn.Sequential(
            nn.Conv2d(fused[-1], middle, 3, 1, 1),
            nn.BatchNorm2d(middle),
            nn.ReLU(inplace=True),
            nn.Conv2d(middle, 1, 1),
        )

    def forward(self, features: Tensor, pixels: Tensor) -> Tensor:
        """Alpha at the photo's size.

        Args:
            features: (B, C, h, w).
            pixels: (B, 3, H, W), normalised; of any size.

        Returns:
            (B, 1, H, W) float32 in [0, 1].
        """
        size = (STRIDE * features.shape[2], STRIDE * features.shape[3])
        details = [F.interpolate(pixels, size=size, mode="bilinear", align_corners=False)]
        for layer in self.stream:
            details.append(layer(details[-1]))
        fused = features
        for layer, detail in zip(self.fusion, reversed(details), strict=True):
            enlarged = F.interpolate(fused, scale_factor=2, mode="bilinear", align_corners=False)
            fused = layer(torch.cat([detail, enlarged], dim=1))
        alpha = torch.sigmoid(self.head(fused).float())
        return F.interpolate(alpha, size=pixels.shape[2:], mode="bilinear", align_corners=False)
