"""Layer normalisation over channels."""

from torch import Tensor, nn


class ChannelNorm(nn.LayerNorm):
    """Layer normalisation of (B, C, H, W) over C at every pixel, as in SAM's decoder."""

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
