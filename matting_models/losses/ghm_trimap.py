"""Trimap loss: cross-entropy with harmonised gradients.

B. Li, Y. Liu, X. Wang, "Gradient Harmonized Single-Stage Detector", AAAI 2019 (GHM-C); SEMat paper, section 4.2.
"""

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.losses._inputs import at_least_float32

BINS = 10
MOMENTUM = 0.75


class GHMTrimapLoss(nn.Module):
    """GHM-C over the three classes of a trimap.

    With g = 1 - p(true class) in [0, 1] sorted into equal bins, n_b pixels in bin b and N bins that hold any,

        S_b  <- momentum S_b + (1 - momentum) n_b     for bins that hold pixels
        w_i   = 1 / (S_b(i) N)
        loss  = - sum_i w_i log p_i / sum_i w_i

    so that neither the many easy pixels nor the outliers rule. The last division is the authors' final setting.

    S is a buffer: it goes into checkpoints. With several processes n is summed over all of them, so that every process
    holds the same S, and the mean over processes of the losses' gradients, as DistributedDataParallel takes it, is the
    gradient of the loss of all their pixels together. In evaluation mode S is used as it is; bins it has never seen
    then count as holding what the batch has.

    Args:
        bins: equal parts of [0, 1].
        momentum: in [0, 1).
    """

    running: Tensor

    def __init__(self, bins: int = BINS, momentum: float = MOMENTUM) -> None:
        super().__init__()
        if bins < 1 or not 0 <= momentum < 1:
            raise ValueError(f"need bins >= 1 and momentum in [0, 1), got {bins} and {momentum}")
        self.bins = bins
        self.momentum = momentum
        # Counts of several million pixels need more than float32's 24 bits to add up exactly.
        self.register_buffer("running", torch.zeros(bins, dtype=torch.float64))

    def forward(self, logits: Tensor, classes: Tensor) -> Tensor:
        """The loss.

        Args:
            logits: (B, 3, H, W): background, unknown, foreground.
            classes: (B, H, W) int64: 0, 1, 2 likewise.

        Returns:
            Scalar, float32 (float64 for float64 logits).

        Raises:
            ValueError: the shapes do not fit.
        """
        _check(logits, classes)
        with torch.autocast(logits.device.type, enabled=False):
            entropy = F.cross_entropy(at_least_float32(logits), classes, reduction="none")
            weights, total = self._weights(entropy.detach())
            return (weights.to(entropy.dtype) * entropy).sum() / total.to(entropy.dtype)

    def _weights(self, entropy: Tensor) -> tuple[Tensor, Tensor]:
        """Weight of every pixel, and what their weighted sum is divided by."""
        g = -torch.expm1(-entropy)  # 1 - p, exact for p near 1
        index = (g * self.bins).long().clamp_(0, self.bins - 1)
        counts = torch.bincount(index.flatten(), minlength=self.bins).double()
        if _processes() > 1:
            dist.all_reduce(counts)
        state = self._update(counts)
        full = counts > 0
        each = torch.where(full, 1 / (state.clamp(min=1e-300) * full.sum()), 0)
        # The mean over processes of sum_i / (total / processes) is the sum over all pixels / total.
        total = (each * counts).sum() / _processes()
        return each[index], total

    def _update(self, counts: Tensor) -> Tensor:
        """Running counts with this batch in them; only kept in training."""
        full = counts > 0
        if not self.training:
            return torch.where(full & (self.running == 0), counts, self.running)
        moved = self.momentum * self.running + (1 - self.momentum) * counts
        self.running.copy_(torch.where(full, moved, self.running))
        return self.running


def _processes() -> int:
    return dist.get_world_size() if dist.is_available() and dist.is_initialized() else 1


def _check(logits: Tensor, classes: Tensor) -> None:
    fits = logits.ndim == 4 and logits.shape[1] == 3 and classes.shape == (logits.shape[0], *logits.shape[2:])
    if not fits:
        raise ValueError(
            f"logits are {tuple(logits.shape)}, classes {tuple(classes.shape)}; expected (B, 3, H, W) and (B, H, W)"
        )
