"""The matting loss: ViTMatte's, as SEMat adopts it."""

from torch import Tensor

from matting_models.losses.gradient_penalty import gradient_penalty
from matting_models.losses.known_unknown import known_l1, unknown_l1
from matting_models.losses.laplacian_pyramid import laplacian_loss


def matting_loss(prediction: Tensor, truth: Tensor, unknown: Tensor) -> dict[str, Tensor]:
    """L_mat = L1 over known + L1 over unknown + gradient penalty + Laplacian (SEMat paper, section 4.2).

    Args:
        prediction, truth: (B, 1, H, W) alpha in [0, 1].
        unknown: (B, 1, H, W) bool or 0 and 1, the unknown region.

    Returns:
        Scalars: the four terms ``known_l1``, ``unknown_l1``, ``gradient_penalty`` and ``laplacian``, and their sum
        ``matting``.

    Raises:
        ValueError: the shapes differ, or a side is below 64 pixels.
    """
    terms = {
        "known_l1": known_l1(prediction, truth, unknown),
        "unknown_l1": unknown_l1(prediction, truth, unknown),
        "gradient_penalty": gradient_penalty(prediction, truth, unknown),
        "laplacian": laplacian_loss(prediction, truth),
    }
    return terms | {"matting": sum(terms.values(), prediction.new_zeros((), dtype=terms["laplacian"].dtype))}
