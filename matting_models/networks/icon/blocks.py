"""Convolutions that fusion and matting head are made of."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate


class ConvBlock(nn.Module):
    """3x3 convolution, batch normalisation, rectifier."""

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        output: Tensor = self.bn(self.conv(x)).relu()
        return output


class Upward(nn.Module):
    """Joins a coarser map, enlarged twice, to a finer one.

    Args:
        fine, coarse: their channels.
        outputs: channels.
    """

    def __init__(self, fine: int, coarse: int, outputs: int) -> None:
        super().__init__()
        self.conv = ConvBlock(fine + coarse, outputs)

    def forward(self, fine: Tensor, coarse: Tensor) -> Tensor:
        """(B, outputs, 2h, 2w) of (B, fine, 2h, 2w) and (B, coarse, h, w)."""
        enlarged = interpolate(coarse, scale_factor=2, mode="bilinear", align_corners=False)
        joined: Tensor = self.conv(torch.cat((fine, enlarged), dim=1))
        return joined
