"""A small U-Net that corrects the coarse alpha (figure S8 of the paper, repaired after BASNet's refinement module)."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d

from matting_models.networks.net_m.config import NetMConfig

LEVELS = 4
"""How often the sides are halved."""


class Refinement(nn.Module):
    """Adds a residual to the coarse alpha."""

    def __init__(self, config: NetMConfig) -> None:
        super().__init__()
        c = config.channels(64)
        self.first = nn.Conv2d(1, c, 3, padding=1)
        self.down = nn.ModuleList(_layer(c, c) for _ in range(LEVELS))
        self.bottom = _layer(c, c)
        self.up = nn.ModuleList(_layer(2 * c, c) for _ in range(LEVELS))
        self.last = nn.Conv2d(c, 1, 3, padding=1)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)  # the refined alpha begins as the coarse one

    def forward(self, coarse: Tensor) -> Tensor:
        """(B, 1, H, W), sides multiples of 16; the result may leave [0, 1]."""
        x, kept = self.first(coarse), []
        for layer in self.down:
            kept.append(layer(x))
            x = max_pool2d(kept[-1], 2)
        x = self.bottom(x)
        for layer, level in zip(self.up, reversed(kept), strict=True):
            x = interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)
            x = layer(torch.cat((x, level), dim=1))
        refined: Tensor = coarse + self.last(x)
        return refined


def _layer(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU())
