"""From photo and trimap to features at five strides, with attention in the middle (figure S4 of the paper)."""

from itertools import pairwise

from torch import Tensor, nn

from matting_models.networks.net_m.attention import NonLocalAttention
from matting_models.networks.net_m.blocks import convolution, down_stage, plain_block, shortcut
from matting_models.networks.net_m.config import NetMConfig

INPUTS = 6
"""Red, green, blue, and the trimap's three classes."""


class Encoder(nn.Module):
    """A ResNet-34 whose stem is three convolutions of 3 x 3."""

    def __init__(self, config: NetMConfig) -> None:
        super().__init__()
        c32, c64, c128, c256, c512 = (config.channels(c) for c in (32, 64, 128, 256, 512))
        self.stem = nn.Sequential(
            convolution(INPUTS, c32, stride=2), nn.BatchNorm2d(c32), nn.ReLU(),
            convolution(c32, c32), nn.BatchNorm2d(c32), nn.ReLU(),
        )  # fmt: skip
        self.stride4 = nn.Sequential(convolution(c32, c64, stride=2), nn.BatchNorm2d(c64), nn.ReLU())
        self.stage1 = nn.Sequential(*(plain_block(c64, nn.ReLU()) for _ in range(3)))
        self.stage2 = down_stage(c64, c128, 4)
        self.stage3 = down_stage(c128, c256, 4)
        self.stage4 = down_stage(c256, c512, 2)
        self.guidance = guidance_head(config)
        self.attention = NonLocalAttention(c128, c32)
        inputs, outputs = (INPUTS, c32, c64, c128, c256), (c32, c32, c64, c128, c256)
        self.shortcuts = nn.ModuleList(shortcut(i, o) for i, o in zip(inputs, outputs, strict=True))

    def forward(self, image: Tensor, inputs: Tensor, unknown: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Features.

        Args:
            image: (B, 3, H, W), normalised.
            inputs: (B, 6, H, W), the image with the trimap.
            unknown: (B, 1, H / 8, W / 8) bool.

        Returns:
            The last at stride 32, and what the shortcuts give at strides 1, 2, 4, 8 and 16.
        """
        at2 = self.stem(inputs)
        at4 = self.stage1(self.stride4(at2))
        at8 = self.attention(self.guidance(image), self.stage2(at4), unknown)
        at16 = self.stage3(at8)
        levels = (inputs, at2, at4, at8, at16)
        return self.stage4(at16), [lay(level) for lay, level in zip(self.shortcuts, levels, strict=True)]


def guidance_head(config: NetMConfig) -> nn.Sequential:
    """From the image, (B, 3, H, W), to the features at stride 8 that attention compares."""
    channels = (3, *(config.channels(c) for c in (16, 32, 128)))
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [
            nn.ReflectionPad2d(1), convolution(inputs, outputs, stride=2, padding=0),
            nn.ReLU(), nn.BatchNorm2d(outputs),
        ]  # fmt: skip
    return nn.Sequential(*layers)
