"""Collaborative matting: one alpha from where the entity is and what its edges are like."""

import torch
from torch import Tensor

from matting_models.data.trimaps import FOREGROUND, UNKNOWN


def fuse(logits: Tensor, details: Tensor) -> Tensor:
    """P3M's rule, of the same authors: the likeliest class decides; what is unknown is left to the details.

    Args:
        logits: (B, 3, H, W): background, unknown, foreground.
        details: (B, 1, H, W) alpha in [0, 1].

    Returns:
        (B, 1, H, W). The classes get no gradient from it.
    """
    likeliest = logits.argmax(dim=1, keepdim=True)
    known = (likeliest == FOREGROUND).to(details.dtype)
    return torch.where(likeliest == UNKNOWN, details, known)
