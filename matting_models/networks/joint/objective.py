"""Losses of the adaptation to photographs without truth (Net-T / Net-M paper, supplement A.3, equations 6 and 7)."""

import torch
from torch import Tensor
from torch.nn import functional

WORST = 0.5
"""Share of the pixels that hard mining takes, those with the largest errors (section 3.2.1)."""
START, HALVED = 0.5, 10_000
"""Lambda, and after how many iterations it is halved again."""


def share_of_teaching(iteration: int) -> float:
    """Lambda: the weight of what the teacher says, from iteration 0 on.

    >>> share_of_teaching(9_999), share_of_teaching(10_000)
    (0.5, 0.25)
    """
    return START * 0.5 ** (iteration // HALVED)


def whole_image_loss(alpha: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    """Mean absolute error over all pixels, plus that over the worst half of them.

    Args:
        alpha, truth: (B, 1, H, W) in [0, 1].
        weight: the same, 1 where it counts and 0 elsewhere.
    """
    errors = (alpha - truth).abs()[weight > 0]
    if not errors.numel():
        return alpha.sum() * 0
    worst = errors.topk(max(1, int(WORST * errors.numel()))).values
    return errors.mean() + worst.mean()


def teaching_loss(logits: Tensor, classes: Tensor, weight: Tensor) -> Tensor:
    """Cross-entropy of Net-T with pseudo trimaps.

    Args:
        logits: (B, 3, H, W).
        classes: (B, H, W) uint8 of 0, 1 and 2.
        weight: (B, 1, H, W), 1 where it counts and 0 elsewhere.
    """
    each = functional.cross_entropy(logits.float(), classes.long(), reduction="none")
    return (each * weight[:, 0]).sum() / weight.sum().clamp(min=1)


def realism_loss(scores: Tensor) -> Tensor:
    """What composites lack to be taken for photographs (equation 6, first term)."""
    return ((scores - 1) ** 2).mean()


def discrimination_loss(composites: Tensor, photographs: Tensor) -> Tensor:
    """What the discriminator lowers, halved as Background Matting does it (equation 7)."""
    return 0.5 * ((composites**2).mean() + ((photographs - 1) ** 2).mean())


def composite(alpha: Tensor, image: Tensor, background: Tensor) -> Tensor:
    """alpha I + (1 - alpha) B, of pictures (B, 3, H, W): the photo stands for its own foreground."""
    return torch.lerp(background, image, alpha)
