"""How Net-T's classes and Net-M's alpha become the final alpha (Net-T / Net-M paper, section 4.1, joint inference)."""

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from matting_models.data.trimaps import BACKGROUND, FOREGROUND, UNKNOWN

Fusion = Literal["soft", "hard"]


def soft_fusion(probabilities: Tensor, alpha: Tensor) -> Tensor:
    """F + U alpha: what the classes say, weighted by how likely they are.

    The paper's first form, (1 - U) F / (F + B) + U alpha, is the same, since F + B + U = 1.

    Args:
        probabilities: (B, 3, H, W) of background, unknown and foreground, in [0, 1], summing to 1.
        alpha: (B, 1, H, W) in [0, 1].

    Returns:
        (B, 1, H, W) in [0, 1]; gradients reach both.

    >>> soft_fusion(torch.tensor([0.1, 0.4, 0.5]).reshape(1, 3, 1, 1), torch.full((1, 1, 1, 1), 0.5)).item()
    0.699999988079071
    """
    foreground, unknown = (probabilities[:, k : k + 1] for k in (FOREGROUND, UNKNOWN))
    return foreground + unknown * alpha


def hard_fusion(probabilities: Tensor, alpha: Tensor) -> Tensor:
    """1 and 0 where foreground and background are the likeliest class, alpha elsewhere; arguments as ``soft_fusion``.

    Gradients reach alpha alone, where it is unknown.
    """
    likeliest = probabilities.argmax(dim=1, keepdim=True)
    known = (likeliest == FOREGROUND).to(alpha.dtype)
    return torch.where((likeliest == FOREGROUND) | (likeliest == BACKGROUND), known, alpha)


FUSIONS: dict[Fusion, Callable[[Tensor, Tensor], Tensor]] = {"soft": soft_fusion, "hard": hard_fusion}
