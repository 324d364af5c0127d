"""The matting head: details of the picture taken in while the map is enlarged, as in ViTMatte.

J. Yao, X. Wang, S. Yang, B. Wang, "ViTMatte: Boosting image matting with pre-trained plain vision transformers",
Information Fusion 2024.
"""

from itertools import pairwise

from torch import Tensor, nn

from matting_models.networks.icon.blocks import ConvBlock, Upward
from matting_models.networks.icon.config import IconConfig

DETAILS = (48, 96, 192)
"""Channels of the picture's details at 1/2, 1/4 and 1/8, of the authors, at every width."""
OUTPUTS = (256, 128, 64, 32)
"""Of the maps at 1/8, 1/4, 1/2 and full size."""
LAST = 16
"""Of the layer before alpha, at every width."""


class Head(nn.Module):
    """From a map at 1/16 and the picture to alpha.

    Args:
        inputs: channels of the map.
        config: for the width.
    """

    def __init__(self, inputs: int, config: IconConfig) -> None:
        super().__init__()
        widths = [3, *DETAILS]
        self.details = nn.ModuleList(ConvBlock(a, b, stride=2) for a, b in pairwise(widths))
        outputs = list(map(config.channels, OUTPUTS))
        coarser = zip(reversed(widths), [inputs, *outputs], outputs, strict=False)
        self.upwards = nn.ModuleList(Upward(fine, coarse, out) for fine, coarse, out in coarser)
        self.alpha = nn.Sequential(
            nn.Conv2d(outputs[-1], LAST, 3, padding=1), nn.BatchNorm2d(LAST), nn.ReLU(), nn.Conv2d(LAST, 1, 1)
        )

    def forward(self, image: Tensor, fused: Tensor) -> Tensor:
        """(B, 1, H, W) float32 in [0, 1] of (B, 3, H, W) in [-1, 1] and (B, inputs, H / 16, W / 16)."""
        maps = [image]
        for shrink in self.details:
            maps.append(shrink(maps[-1]))
        for join, fine in zip(self.upwards, reversed(maps), strict=True):
            fused = join(fine, fused)
        alpha: Tensor = self.alpha(fused).float().sigmoid()
        return alpha
