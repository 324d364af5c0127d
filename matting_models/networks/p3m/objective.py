"""What training lowers: P3M's terms with P3M's weights, but for the comparison of composites.

That needs true foreground and background colours, which data sets of mattes lack. The Laplacian pyramid is that of the
other networks: the authors' has a kernel that sums two Gaussians where it should multiply them.
"""

from torch import Tensor

from matting_models.data.trimaps import UNKNOWN
from matting_models.losses import laplacian_loss, unknown_l1
from matting_models.networks.net_t.training import cross_entropy
from matting_models.networks.p3m.examples import IGNORED
from matting_models.networks.p3m.network import Output

DETAILS = 2.0
FUSED = 3.0
"""The authors add it with a weight of 2, and once more."""
FINAL = 3.0
"""Weight of the last classes among the coarser ones, which have 1; all are divided by the sum."""


def objective(output: Output, truth: Tensor, classes: Tensor) -> dict[str, Tensor]:
    """Every term by name; ``loss`` is their weighted sum.

    Args:
        output: of the network.
        truth: (B, 1, S, S) float32 in [0, 1].
        classes: (B, S, S), 0 background, 1 unknown, 2 foreground, ``IGNORED`` where the truth is not known.
    """
    unknown, known = ((mask)[:, None].to(truth.dtype) for mask in (classes == UNKNOWN, classes != IGNORED))
    alpha = output.alpha
    terms = {
        "classes": cross_entropy(output.logits, classes),
        "sides": sum((cross_entropy(side, classes) for side in output.sides), start=truth.new_zeros(())),
        "details_l1": unknown_l1(output.details, truth, unknown),
        "details_laplacian": laplacian_loss(output.details * unknown, truth * unknown),
        "fused_l1": unknown_l1(alpha, truth, known),  # the mean wherever there is truth
        "fused_laplacian": laplacian_loss(alpha * known, truth * known),
    }
    loss = (
        (FINAL * terms["classes"] + terms["sides"]) / (FINAL + len(output.sides))
        + DETAILS * (terms["details_l1"] + terms["details_laplacian"])
        + FUSED * (terms["fused_l1"] + terms["fused_laplacian"])
    )
    return {"loss": loss, **terms}
