"""What training lowers: L1 of the foreground and of the rest, each by itself, and the Laplacian (supplement, eq. 4)."""

import torch
from torch import Tensor

from matting_models.losses import laplacian_loss, unknown_l1


def objective(alpha: Tensor, truth: Tensor, foreground: Tensor, trusted: Tensor) -> dict[str, Tensor]:
    """Every term by name; ``loss`` is their sum.

    Args:
        alpha, truth: (B, 1, H, W) float32 in [0, 1], sides of at least 64.
        foreground: the same, bool: foreground or unknown; possibly empty.
        trusted: the same, bool: where the truth is known. Elsewhere nothing counts.
    """
    known = torch.where(trusted, truth, alpha.detach())
    terms = {
        "foreground_l1": unknown_l1(alpha, truth, foreground & trusted),
        "background_l1": unknown_l1(alpha, truth, ~foreground & trusted),
        "laplacian": laplacian_loss(alpha, known),
    }
    return {"loss": sum(terms.values(), start=alpha.new_zeros(())), **terms}
