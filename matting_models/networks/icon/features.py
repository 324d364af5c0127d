"""What a diffusion backbone sees in pictures."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True)
class Features:
    """Of B square pictures of side S, averaged over an ensemble of noises.

    Attributes:
        coarse: (B, C, S / 32, S / 32) float32.
        fine: (B, C', S / 16, S / 16) float32.
        coarse_attention: (B, N, N) float32, N = (S / 32)^2: what each place attends to, averaged over heads and
            layers; rows sum to 1.
        fine_attention: the same, N = (S / 16)^2.
    """

    coarse: Tensor
    fine: Tensor
    coarse_attention: Tensor
    fine_attention: Tensor
