"""How the object of a reference is found in a target: inter-similarity between the two, intra-similarity within one.

H. Guo, Z. Ye, Z. Cao, H. Lu, "In-Context Matting", CVPR 2024, section 4.2.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, max_pool2d


def reference_tokens(features: Tensor, mask: Tensor) -> Tensor:
    """Features of the cells that lie in the object as a whole.

    Where it fills no cell, those that it fills most: a small object is looked for by what there is of it.

    Args:
        features: (C, h, w).
        mask: (H, W) bool, not empty; H and W are multiples of h and w.

    Returns:
        (N, C), N at least 1.
    """
    size = (mask.shape[0] // features.shape[1], mask.shape[1] // features.shape[2])
    filled = -max_pool2d(-mask[None].float(), size)[0]
    if not filled.any():
        share = nn.functional.avg_pool2d(mask[None].float(), size)[0]
        filled = share == share.max()
    return features[:, filled > 0].T


class InterSimilarity(nn.Module):
    """How much each place of a target is like the tokens of a reference.

    Args:
        channels: of the features.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, target: Tensor, tokens: Sequence[Tensor]) -> Tensor:
        """The sum over tokens of each one's softmax over the target's places.

        Args:
            target: (B, C, h, w).
            tokens: B of (N, C), each with an N of its own.

        Returns:
            (B, 1, h, w) float32; each sums to its number of tokens.
        """
        batch, channels, height, width = target.shape
        with torch.autocast(target.device.type, enabled=False):  # half precision would round the softmax's exponents
            places = self.norm(target.float().flatten(2).transpose(1, 2))
            alike = [self.norm(token.float()) @ place.T for place, token in zip(places, tokens, strict=True)]
            maps = [(one * channels**-0.5).softmax(dim=1).sum(dim=0) for one in alike]
        return torch.stack(maps).view(batch, 1, height, width)


class IntraSimilarity(nn.Module):
    """The inter-similarity spread over what belongs together in the target.

    Args:
        grid: cells along a side of the attention.
        outputs: channels.
    """

    def __init__(self, grid: int, outputs: int) -> None:
        super().__init__()
        self._grid = grid
        self.norm = nn.LayerNorm(grid * grid)
        self.conv = nn.Conv2d(grid * grid, outputs, 3, padding=1, bias=False)

    def forward(self, similarity: Tensor, attention: Tensor) -> Tensor:
        """Attention from every place q to every place k, weighted with the similarity of k.

        Args:
            similarity: (B, 1, h, w) of any size.
            attention: (B, N, N), N = grid^2; rows are q and sum to 1.

        Returns:
            (B, outputs, grid, grid).
        """
        at_k = interpolate(similarity, (self._grid, self._grid), mode="bilinear", align_corners=True)
        weighted = self.norm(attention * at_k.flatten(2)).relu()
        return self.conv(weighted.transpose(1, 2).unflatten(2, (self._grid, self._grid)))  # type: ignore[no-any-return]
