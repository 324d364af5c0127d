"""Fine details of the photo: the multi-level details extractor, and the matting details decoder.

Neither sees the text.
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.networks.clipmat.config import GROUPS
from matting_models.networks.smat.decoder import convolution
from matting_models.networks.width import scaled

LEVELS = (96, 192, 384, 768)
"""Channels of levels 1 to 4, at a half to a sixteenth of the photo's side."""
LAST = 32
"""Channels at the photo's side."""


class DetailsExtractor(nn.Module):
    """Equations 6 to 9: a level's visual tokens and the photo itself, both of half the tower's channels, as one.

    Args:
        visual: channels of the image tower.
        width: share of the paper's channels.
    """

    def __init__(self, visual: int, width: float) -> None:
        super().__init__()
        half = scaled(visual // 2, width)
        self.visual = nn.ModuleList(nn.Conv2d(visual, half, 1) for _ in LEVELS)
        self.photo = nn.ModuleList(nn.Conv2d(3, half, 1) for _ in LEVELS)
        self.out = nn.ModuleList(convolution(2 * half, scaled(channels, width)) for channels in LEVELS)

    def forward(self, tokens: list[Tensor], pixels: Tensor) -> list[Tensor]:
        """Details, finest first.

        Args:
            tokens: after each group of blocks, (B, 1 + n n, C), the class token first.
            pixels: (B, 3, 16 n, 16 n), normalised.

        Returns:
            Of each level i from 1, (B, D_i, 16 n / 2^i, 16 n / 2^i).
        """
        found = []
        for level, (seen, visual, photo, out) in enumerate(
            zip(tokens, self.visual, self.photo, self.out, strict=True), start=1
        ):
            side = round((seen.shape[1] - 1) ** 0.5)
            grid = visual(seen[:, 1:].transpose(1, 2).reshape(len(seen), -1, side, side))
            factor = 2 ** (GROUPS - level)
            enlarged = F.interpolate(grid, scale_factor=factor, mode="bilinear", align_corners=False)
            found.append(out(torch.cat([enlarged, F.max_pool2d(photo(pixels), 2**level)], dim=1)))
        return found


class DetailsDecoder(nn.Module):
    """From the coarsest level up: two convolutions, enlarged twofold, and the next finer details added.

    Args:
        width: share of the paper's channels.
    """

    def __init__(self, width: float) -> None:
        super().__init__()
        channels = [scaled(each, width) for each in (*reversed(LEVELS), LAST)]
        self.stages = nn.ModuleList(
            nn.Sequential(convolution(before, made), convolution(made, made)) for before, made in pairwise(channels)
        )
        self.head = nn.Conv2d(channels[-1], 1, 3, 1, 1)

    def forward(self, details: list[Tensor]) -> Tensor:
        """What ``DetailsExtractor`` gives to alpha, (B, 1, 16 n, 16 n) float32 in [0, 1]."""
        *finer, current = details
        for stage in self.stages:
            current = F.interpolate(stage(current), scale_factor=2, mode="bilinear", align_corners=False)
            if finer:
                current = current + finer.pop()
        return torch.sigmoid(self.head(current).float())
