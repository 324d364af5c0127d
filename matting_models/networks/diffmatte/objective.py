"""What training lowers."""

import torch
from torch import Tensor

from matting_models.losses import matting_loss


def objective(clean: Tensor, truth: Tensor, unknown: Tensor, trusted: Tensor) -> dict[str, Tensor]:
    """Mean squared error and ViTMatte's matting loss, of mattes in [-1, 1].

    Args:
        clean, truth: (B, 1, H, W) float32.
        unknown: the same, bool.
        trusted: the same, bool: where the truth is known; elsewhere nothing is lost.

    Returns:
        Every term by name; ``loss`` is their sum.
    """
    clean = torch.where(trusted, clean, truth)
    terms = {"mse": (clean - truth).square().mean(), **matting_loss(clean, truth, unknown & trusted)}
    return {"loss": terms["mse"] + terms["matting"], **terms}
