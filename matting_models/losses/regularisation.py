"""Regularisation: stay with what the frozen backbone sees."""

import torch
import torch.nn.functional as F
from torch import Tensor

from matting_models.losses._inputs import at_least_float32


def regularisation_loss(logits: Tensor, frozen_logits: Tensor) -> Tensor:
    """Binary cross-entropy of the tuned network's SAM logits against the frozen one's mask (section 4.2, L_Reg).

    ``- mean [y log p + (1 - y) log(1 - p)]`` with p = sigmoid(logits) and y = 1 where sigmoid(frozen_logits) > 0.5. The
    paper prints a sum; the mean keeps lambda_R independent of the resolution, and is what its weight of 0.2 suits.

    Args:
        logits, frozen_logits: of one shape; no gradient flows into the second.

    Returns:
        Scalar, float32 (float64 for float64 inputs).

    Raises:
        ValueError: the shapes differ.
    """
    if logits.shape != frozen_logits.shape:
        raise ValueError(f"logits are {tuple(logits.shape)}, frozen_logits {tuple(frozen_logits.shape)}")
    given = at_least_float32(logits)
    with torch.autocast(logits.device.type, enabled=False):
        return F.binary_cross_entropy_with_logits(given, (frozen_logits.detach() > 0).to(given.dtype))
