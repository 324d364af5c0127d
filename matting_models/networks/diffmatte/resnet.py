"""GCA-Matting's ResNet-34 of spectrally normalised convolutions, whose stem is three of 3 x 3."""

import torch
from torch import Tensor, nn

from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.net_m.blocks import convolution, down_stage, plain_block

INPUTS = 6
"""Red, green, blue, and the trimap's three classes."""


class Res34Encoder(nn.Module):
    """Features of stride 32 from photo and trimap."""

    def __init__(self, config: DiffMatteConfig) -> None:
        super().__init__()
        c32, c64, c128, c256, c512 = map(config.channels, (32, 64, 128, 256, 512))
        self.stem = nn.Sequential(
            convolution(INPUTS, c32, stride=2), nn.BatchNorm2d(c32), nn.ReLU(),
            convolution(c32, c32), nn.BatchNorm2d(c32), nn.ReLU(),
            convolution(c32, c64, stride=2), nn.BatchNorm2d(c64), nn.ReLU(),
        )  # fmt: skip
        self.stages = nn.Sequential(
            nn.Sequential(*(plain_block(c64, nn.ReLU()) for _ in range(3))),
            down_stage(c64, c128, 4),
            down_stage(c128, c256, 4),
            down_stage(c256, c512, 2),
        )

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """(B, C, H / 32, W / 32) from a normalised photo and a one-hot trimap, each (B, 3, H, W)."""
        features: Tensor = self.stages(self.stem(torch.cat((image, trimap), dim=1)))
        return features
