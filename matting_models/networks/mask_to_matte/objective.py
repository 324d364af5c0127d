"""What training lowers."""

import torch
from torch import Tensor
from torch.nn import functional

from matting_models.losses import laplacian_loss

NEAR = 15
"""Side in pixels of the square around soft pixels, and around those where mask and alpha differ, that counts most."""
FAR = 0.2
"""Weight of the pixels outside it."""
L1 = 4.0
"""Weight of the absolute difference beside the Laplacian loss, which is smaller by about that."""
LEVELS = 4


def objective(alpha: Tensor, truth: Tensor, mask: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """Absolute difference, mostly where mattes are won or lost, and of Laplacian pyramids.

    Args:
        alpha: (B, 1, S, S), predicted, in [0, 1].
        truth: the same, true.
        mask: the same, 0 or 1: what the network was given.
        weight: the same; 0 where the truth is not known.

    Returns:
        Every term by name; ``loss`` is their weighted sum, ``l1_of_mask`` the mask's own difference.
    """
    soft = (truth > 0.02) & (truth < 0.98)
    wrong = (truth > 0.5) != (mask > 0.5)
    near = functional.max_pool2d((soft | wrong).float(), NEAR, stride=1, padding=NEAR // 2)
    weights = weight * (FAR + near)
    total = weights.sum() + 1
    l1 = (weights * (alpha - truth).abs()).sum() / total
    laplacian = laplacian_loss(alpha * weight, truth * weight, levels=LEVELS)
    with torch.no_grad():
        given = (weights * (mask - truth).abs()).sum() / total
    return {"loss": L1 * l1 + laplacian, "l1": l1, "laplacian": laplacian, "l1_of_mask": given}
