"""Bringing an image tower to other patches and another side, as far as nothing is lost."""

import torch
import torch.nn.functional as F
from torch import Tensor


def resize_patches(weight: Tensor, side: int) -> Tensor:
    """Kernels of a patch embedding for patches of another side.

    Not interpolated, which would change their sums and blur them, but such that a patch enlarged bilinearly gives the
    token that it gave before: with B the matrix that enlarges, the least squares solution of B' w = old (FlexiViT,
    Beyer et al., CVPR 2023, section 3.4).

    Args:
        weight: (C, 3, p, p).
        side: the new one; of a smaller one no such kernels need exist, and the nearest are taken.

    Returns:
        (C, 3, side, side).
    """
    old = weight.shape[2]
    if old == side:
        return weight
    pixels = torch.eye(old * old, dtype=torch.float64).view(old * old, 1, old, old)
    enlarged = F.interpolate(pixels, size=(side, side), mode="bilinear", align_corners=False).flatten(1)
    solved: Tensor = weight.double().flatten(2) @ torch.linalg.pinv(enlarged).mT
    return solved.reshape(*weight.shape[:2], side, side).to(weight.dtype)


def resize_positions(weight: Tensor, count: int) -> Tensor:
    """Position embeddings for another number of patches, interpolated as transformers does; the class token's stays.

    Args:
        weight: (1 + n n, C).
        count: 1 + m m.

    Returns:
        (1 + m m, C).
    """
    if len(weight) == count:
        return weight
    old, new = (round((number - 1) ** 0.5) for number in (len(weight), count))
    grid = weight[1:].T.reshape(1, -1, old, old)
    resized = F.interpolate(grid, size=(new, new), mode="bicubic", align_corners=False)
    return torch.cat([weight[:1], resized.flatten(2)[0].T])
