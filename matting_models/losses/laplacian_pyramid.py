"""Laplacian pyramid loss.

Q. Hou, F. Liu, "Context-Aware Image Matting for Simultaneous Foreground and Alpha Estimation", ICCV 2019.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from matting_models.losses._inputs import at_least_float32, check_maps

LEVELS = 5

_BINOMIAL = (1.0, 4.0, 6.0, 4.0, 1.0)


def laplacian_loss(prediction: Tensor, truth: Tensor, *, levels: int = LEVELS) -> Tensor:
    """``1 / n sum over k < n of 2^k mean |L_k(p) - L_k(t)|`` over the whole image (SEMat paper, section 4.2).

    L_k is level k of the Laplacian pyramid, 0 the finest: an image less its blurred half-size version enlarged again,
    with a 5x5 binomial kernel and reflecting borders. Odd sides lose their last row or column at each level. The
    division by the number of levels is that of the authors' code.

    Args:
        prediction, truth: (B, 1, H, W) alpha in [0, 1]; sides of at least 4 x 2^(levels - 1).
        levels: n.

    Returns:
        Scalar, float32 (float64 for float64 inputs).

    Raises:
        ValueError: the shapes differ, or a side is too short.
    """
    check_maps(prediction=prediction, truth=truth)
    least = 4 * 2 ** (levels - 1)
    if min(prediction.shape[2:]) < least:
        height, width = prediction.shape[2:]
        raise ValueError(f"maps are {height} x {width}, expected sides of at least {least} for {levels} levels")
    # The pyramid is linear: that of the difference is the difference of the two.
    current = at_least_float32(prediction) - at_least_float32(truth)
    total = current.new_zeros(())
    with torch.autocast(current.device.type, enabled=False):
        for level in range(levels):
            current = current[:, :, : current.shape[2] // 2 * 2, : current.shape[3] // 2 * 2]
            smaller = _blur(current)[:, :, ::2, ::2]
            total = total + 2**level * (current - _enlarge(smaller)).abs().mean()
            current = smaller
    return total / levels


def _blur(image: Tensor) -> Tensor:
    kernel = torch.tensor(_BINOMIAL, dtype=image.dtype, device=image.device) / sum(_BINOMIAL)
    padded = F.pad(image, (2, 2, 2, 2), mode="reflect")
    return F.conv2d(F.conv2d(padded, kernel.view(1, 1, 1, 5)), kernel.view(1, 1, 5, 1))


def _enlarge(image: Tensor) -> Tensor:
    """Twice the size: zeros between the pixels, blurred, times 4 for the zeros."""
    batch, channels, height, width = image.shape
    spread = image.new_zeros(batch, channels, 2 * height, 2 * width)
    spread[:, :, ::2, ::2] = 4 * image
    return _blur(spread)
