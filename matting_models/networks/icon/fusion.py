"""Features and similarities of both scales in one map."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from matting_models.networks.icon.blocks import ConvBlock, Upward
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.features import Features
from matting_models.networks.icon.similarity import InterSimilarity, IntraSimilarity

GUIDANCE, FUSED = 256, 320
"""Channels of the intra-similarity and of what is fused, of the authors."""


class _Scale(nn.Module):
    """Features of one scale, narrowed, with the intra-similarity joined to them."""

    def __init__(self, inputs: int, grid: int, config: IconConfig) -> None:
        super().__init__()
        guidance, fused = config.channels(GUIDANCE), config.channels(FUSED)
        self.narrow = ConvBlock(inputs, fused)
        self.intra = IntraSimilarity(grid, guidance)
        self.join = ConvBlock(fused + guidance, fused)

    def forward(self, features: Tensor, attention: Tensor, similarity: Tensor) -> Tensor:
        joined: Tensor = self.join(torch.cat((self.narrow(features), self.intra(similarity, attention)), dim=1))
        return joined


class Fusion(nn.Module):
    """From a target's features and a reference's tokens to one map at 1/16."""

    def __init__(self, config: IconConfig) -> None:
        super().__init__()
        coarse, fine = config.grids
        fused = config.channels(FUSED)
        self.inter = InterSimilarity(config.fine_channels)
        self.coarse = _Scale(config.coarse_channels, coarse, config)
        self.fine = _Scale(config.fine_channels, fine, config)
        self.merge = Upward(fused, fused, fused)

    def forward(self, target: Features, tokens: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """The map, (B, C, h, w), and the inter-similarity, (B, 1, h, w).

        Args:
            target: of B pictures.
            tokens: B of (N, fine_channels), see ``reference_tokens``.
        """
        similarity = self.inter(target.fine, tokens)
        coarse = self.coarse(target.coarse, target.coarse_attention, similarity)
        fine = self.fine(target.fine, target.fine_attention, similarity)
        return self.merge(fine, coarse), similarity
