"""What training lowers. The paper's supplement does not tell: these are P3M's terms, of the same authors.

P3M also compares composites, which needs true foreground and background colours: data sets of mattes have none.
"""

import torch.nn.functional as F
from torch import Tensor

from matting_models.data.trimaps import UNKNOWN
from matting_models.losses import laplacian_loss, unknown_l1
from matting_models.networks.clipmat.network import Output


def objective(output: Output, truth: Tensor, classes: Tensor) -> dict[str, Tensor]:
    """Every term by name; ``loss`` is their sum.

    The classes learn from the cross-entropy alone, and the details from the true unknown region whatever the classes
    say, so that neither waits for the other; what is fused adds the unknown region as it is predicted.

    Args:
        output: of the network.
        truth: (B, 1, S, S) float32 in [0, 1].
        classes: (B, S, S), 0 background, 1 unknown, 2 foreground.
    """
    unknown = (classes == UNKNOWN)[:, None]
    within = unknown.to(truth.dtype)
    alpha = output.alpha
    terms = {
        "classes": F.cross_entropy(output.logits, classes.long()),
        "details_l1": unknown_l1(output.details, truth, unknown),
        "details_laplacian": laplacian_loss(output.details * within, truth * within),
        "fused_l1": (alpha - truth).abs().mean(),
        "fused_laplacian": laplacian_loss(alpha, truth),
    }
    return {"loss": sum(terms.values(), start=truth.new_zeros(())), **terms}
