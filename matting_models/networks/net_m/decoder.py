"""From the encoder's features to a coarse alpha (figure S4 of the paper)."""

from torch import Tensor, nn

from matting_models.networks.net_m.blocks import SLOPE, deconvolution, up_stage
from matting_models.networks.net_m.config import NetMConfig


class Decoder(nn.Module):
    """Doubles the sides five times; what a shortcut brings is added after each."""

    def __init__(self, config: NetMConfig) -> None:
        super().__init__()
        c32, c64, c128, c256, c512 = (config.channels(c) for c in (32, 64, 128, 256, 512))
        full = nn.Sequential(deconvolution(c32, c32), nn.BatchNorm2d(c32), nn.LeakyReLU(SLOPE))
        self.stages = nn.ModuleList(
            [up_stage(c512, c256, 2), up_stage(c256, c128, 3), up_stage(c128, c64, 3), up_stage(c64, c32, 2), full]
        )
        self.alpha = nn.Conv2d(c32, 1, 3, padding=1)
        nn.init.xavier_uniform_(self.alpha.weight)

    def forward(self, deepest: Tensor, shortcuts: list[Tensor]) -> Tensor:
        """(B, 1, H, W) float32 in [0, 1] from what ``Encoder`` gives."""
        x = deepest
        for stage, level in zip(self.stages, reversed(shortcuts), strict=True):
            x = stage(x) + level
        coarse: Tensor = (self.alpha(x).float().tanh() + 1) / 2
        return coarse
