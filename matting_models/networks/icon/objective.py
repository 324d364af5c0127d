"""What training lowers: one of two branches for each sample, as the authors' code has it."""

import torch
from torch import Tensor
from torch.nn.functional import smooth_l1_loss

from matting_models.losses import gradient_penalty, known_l1, laplacian_loss, unknown_l1

SHARE = 512**2 / 768**2
"""Of a mean over a region: the authors divide sums over 768 x 768 pixels as if there were 512 x 512."""
TERMS = ("known_l1", "unknown_l1", "gradient_penalty", "laplacian", "segmentation")


def objective(alpha: Tensor, truth: Tensor, unknown: Tensor, counted: Tensor) -> dict[str, Tensor]:
    """The matting loss of samples that hold more than foreground or background alone; of those the smooth L1 of what is
    known.

    What does not count has no error; in the means over regions it is there with an error of 0.

    Args:
        alpha, truth: (B, 1, H, W) float32 in [0, 1], sides of at least 64.
        unknown: the same, bool: the trimap's unknown region.
        counted: the same, bool; nothing is learned elsewhere.

    Returns:
        ``TERMS``, each summed over the samples of its branch and divided by B; ``loss`` is their sum.
    """
    seen = torch.where(counted, alpha, truth)
    terms = {name: alpha.new_zeros(()) for name in TERMS}
    for one in range(len(alpha)):
        found = _of_sample(*(x[one : one + 1] for x in (seen, truth, unknown, counted)))
        terms |= {name: terms[name] + value / len(alpha) for name, value in found.items()}
    return {"loss": sum(terms.values(), alpha.new_zeros(())), **terms}


def _of_sample(alpha: Tensor, truth: Tensor, unknown: Tensor, counted: Tensor) -> dict[str, Tensor]:
    told = truth[counted]
    if (told == 0).all() or (told == 1).all():
        known = ~unknown
        difference = smooth_l1_loss(alpha, truth, reduction="none")[known]
        return {"segmentation": SHARE * difference.sum() / max(1, difference.numel())}
    return {
        "known_l1": SHARE * known_l1(alpha, truth, unknown),
        "unknown_l1": SHARE * unknown_l1(alpha, truth, unknown),
        "gradient_penalty": SHARE * gradient_penalty(alpha, truth, unknown),
        "laplacian": laplacian_loss(alpha, truth),
    }
