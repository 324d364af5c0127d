"""Gradient penalty.

Y. Dai et al., "Boosting Robustness of Image Matting with Context Assembling and Strong Data Augmentation", CVPR 2022.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from matting_models.losses._inputs import at_least_float32, check_maps, region_scale

SPARSITY = 0.01
"""lambda, weight of the gradient's own size."""

_SOBEL_X = ((-1.0, 0.0, 1.0), (-2.0, 0.0, 2.0), (-1.0, 0.0, 1.0))


def gradient_penalty(prediction: Tensor, truth: Tensor, unknown: Tensor, *, sparsity: float = SPARSITY) -> Tensor:
    """``mean over U of |grad p - grad t| + lambda |grad p|``, summed over x and y (SEMat paper, section 4.2).

    Gradients are Sobel's 3x3, unnormalised, with zeros beyond the border. As in ViTMatte's code the second term is of
    the prediction (the paper prints the truth, which has no gradient to give).

    Args:
        prediction, truth: (B, 1, H, W) alpha in [0, 1].
        unknown: (B, 1, H, W) bool or 0 and 1: U. Zero is returned where it is empty.
        sparsity: lambda.

    Returns:
        Scalar, float32 (float64 for float64 inputs).

    Raises:
        ValueError: the shapes differ.
    """
    check_maps(prediction=prediction, truth=truth, unknown=unknown)
    region = at_least_float32(unknown)
    with torch.autocast(prediction.device.type, enabled=False):
        ours, theirs = _gradients(at_least_float32(prediction)), _gradients(at_least_float32(truth))
    penalty = (ours - theirs).abs() + sparsity * ours.abs()
    # The two directions are summed, each a mean over the region.
    return (penalty * region).sum(dim=1).mean() * region_scale(region)


def _gradients(alpha: Tensor) -> Tensor:
    """(B, 1, H, W) to (B, 2, H, W): along x and along y."""
    x = torch.tensor(_SOBEL_X, dtype=alpha.dtype, device=alpha.device)
    return F.conv2d(alpha, torch.stack([x, x.T])[:, None], padding=1)
