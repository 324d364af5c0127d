"""A U-Net from features, photo, trimap and a noisy matte to the matte without its noise (``DUNet`` of the authors)."""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from matting_models.networks.diffmatte.config import DiffMatteConfig

INPUTS = 7
"""Red, green, blue, the trimap's three classes, and the noisy matte."""
TIME = 32
"""Channels of the time's embedding."""
LONGEST_PERIOD = 10_000
HEAD = 16
"""Channels before the last convolution."""


def time_embedding(times: Tensor) -> Tensor:
    """Cosines and sines, (B, ``TIME``), of times from 0 to 1, (B,), at frequencies from 1 down."""
    half = TIME // 2
    steps = torch.arange(half, dtype=torch.float32, device=times.device)
    angles = times.float()[:, None] * torch.exp(-math.log(LONGEST_PERIOD) / half * steps)
    return torch.cat((angles.cos(), angles.sin()), dim=1)


class Block(nn.Module):
    """Two convolutions, of which the second is told the time, and a way around them.

    Args:
        first: from the block's input; changes the sides.
        around: the same for the way around.
        outputs: channels.
    """

    def __init__(self, first: nn.Module, around: nn.Module, outputs: int) -> None:
        super().__init__()
        self.time = nn.Linear(TIME, outputs)
        self.first, self.first_norm = first, nn.BatchNorm2d(outputs)
        self.second, self.second_norm = _convolution(outputs, outputs), nn.BatchNorm2d(outputs)
        self.around = around

    def forward(self, x: Tensor, time: Tensor) -> Tensor:
        """(B, C, H, W) and the embedded time, (B, ``TIME``)."""
        branch = self.first_norm(self.first(x)).relu() + self.time(time).relu()[:, :, None, None]
        output: Tensor = (self.second_norm(self.second(branch)) + self.around(x)).relu()
        return output


class Decoder(nn.Module):
    """Of 5,268,481 parameters with ViT-S at width 1."""

    def __init__(self, config: DiffMatteConfig) -> None:
        super().__init__()
        # One level more where the encoder's features are half as fine.
        more = [] if config.is_transformer else [128]
        down = [INPUTS, *map(config.channels, (32, 64, 128, *more))]
        up = [config.features, *map(config.channels, (256, *(2 * c for c in more), 128, 64, 32))]
        beside = [0, *down[:0:-1]]
        self.time = nn.Sequential(nn.Linear(TIME, TIME), nn.ReLU(), nn.Linear(TIME, TIME))
        self.down = nn.ModuleList(_down(inputs, outputs) for inputs, outputs in pairwise(down))
        self.up = nn.ModuleList(
            _up(inputs + extra, outputs) for (inputs, outputs), extra in zip(pairwise(up), beside, strict=True)
        )
        self.head = nn.Sequential(
            nn.Conv2d(up[-1], HEAD, 3, padding=1), nn.BatchNorm2d(HEAD), nn.ReLU(), nn.Conv2d(HEAD, 1, 1)
        )

    def forward(self, features: Tensor, inputs: Tensor, times: Tensor) -> Tensor:
        """The matte.

        Args:
            features: (B, C, H / S, W / S) of the encoder, S its stride.
            inputs: (B, ``INPUTS``, H, W).
            times: (B,) from 0 to 1, how noisy the matte in ``inputs`` is.

        Returns:
            (B, 1, H, W) float32 in [-1, 1].
        """
        time = self.time(time_embedding(times))
        details, x = [], inputs
        for block in self.down:
            x = block(x, time)
            details.append(x)
        x = self.up[0](features, time)
        for block, detail in zip(self.up[1:], reversed(details), strict=True):
            x = block(torch.cat((x, detail), dim=1), time)
        clean: Tensor = self.head(x).float().sigmoid() * 2 - 1
        return clean


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)


def _down(inputs: int, outputs: int) -> Block:
    """Halves the sides."""
    return Block(_convolution(inputs, outputs, 2), _convolution(inputs, outputs, 2), outputs)


def _up(inputs: int, outputs: int) -> Block:
    """Doubles them."""
    first = nn.ConvTranspose2d(inputs, outputs, 4, stride=2, padding=1, bias=False)
    around = nn.Sequential(nn.Upsample(scale_factor=2, mode="bilinear"), _convolution(inputs, outputs))
    return Block(first, around, outputs)
