"""Convolutions with spectral normalisation, and the residual blocks made of them."""

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SLOPE = 0.2
"""Of the decoder's leaky ReLU."""


class _Convolution(nn.Conv2d):
    """Takes its weight outside autocast: spectral normalisation iterates in single precision."""

    def forward(self, x: Tensor) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            weight = self.weight
        output: Tensor = self._conv_forward(x, weight, self.bias)
        return output


class _Deconvolution(nn.ConvTranspose2d):
    """As ``_Convolution``; doubles the sides."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 4, stride=2, padding=1, bias=False)

    def forward(self, x: Tensor, output_size: list[int] | None = None) -> Tensor:
        with torch.autocast(x.device.type, enabled=False):
            weight = self.weight
        return nn.functional.conv_transpose2d(x, weight, stride=2, padding=1)


def convolution(inputs: int, outputs: int, size: int = 3, stride: int = 1, padding: int | None = None) -> nn.Module:
    """Without bias, spectrally normalised; the sides stay as they are at stride 1 where no padding is given."""
    pad = size // 2 if padding is None else padding
    layer = _Convolution(inputs, outputs, size, stride, pad, bias=False)
    nn.init.xavier_uniform_(layer.weight)
    return spectral_norm(layer)


def deconvolution(inputs: int, outputs: int) -> nn.Module:
    """4 x 4 of stride 2, without bias, spectrally normalised."""
    return spectral_norm(_Deconvolution(inputs, outputs))


def shortcut(inputs: int, outputs: int) -> nn.Sequential:
    """Two convolutions between encoder and decoder, each with ReLU and then batch norm."""
    return nn.Sequential(
        convolution(inputs, outputs), nn.ReLU(), nn.BatchNorm2d(outputs),
        convolution(outputs, outputs), nn.ReLU(), nn.BatchNorm2d(outputs),
    )  # fmt: skip


class ResidualBlock(nn.Module):
    """Two convolutions and a way around them.

    Args:
        first: from the block's input to ``between`` channels; changes the sides if the block does.
        between: channels after ``first``.
        outputs: channels.
        around: what the input goes through on its way around.
        activation: after the first convolution and after the sum.
    """

    def __init__(self, first: nn.Module, between: int, outputs: int, around: nn.Module, activation: nn.Module) -> None:
        super().__init__()
        self.first, self.first_norm = first, nn.BatchNorm2d(between)
        self.second, self.second_norm = convolution(between, outputs), nn.BatchNorm2d(outputs)
        self.around, self.activation = around, activation
        nn.init.zeros_(self.second_norm.weight)  # begins as the way around alone

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W), C and sides as built."""
        branch = self.second_norm(self.second(self.activation(self.first_norm(self.first(x)))))
        output: Tensor = self.activation(branch + self.around(x))
        return output


def down_stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """Residual blocks of which the first halves the sides."""
    around = nn.Sequential(nn.AvgPool2d(2), convolution(inputs, outputs, 1), nn.BatchNorm2d(outputs))
    first = ResidualBlock(convolution(inputs, outputs, stride=2), outputs, outputs, around, nn.ReLU())
    return nn.Sequential(first, *(plain_block(outputs, nn.ReLU()) for _ in range(blocks - 1)))


def up_stage(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    """Residual blocks of which the first doubles the sides."""
    around = nn.Sequential(
        nn.UpsamplingNearest2d(scale_factor=2), convolution(inputs, outputs, 1), nn.BatchNorm2d(outputs)
    )
    first = ResidualBlock(deconvolution(inputs, inputs), inputs, outputs, around, nn.LeakyReLU(SLOPE))
    return nn.Sequential(first, *(plain_block(outputs, nn.LeakyReLU(SLOPE)) for _ in range(blocks - 1)))


def plain_block(channels: int, activation: nn.Module) -> ResidualBlock:
    """A residual block that keeps sides and channels."""
    return ResidualBlock(convolution(channels, channels), channels, channels, nn.Identity(), activation)
