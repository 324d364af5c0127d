"""Losses for training matting networks: a documented function or module each."""

from matting_models.losses.ghm_trimap import GHMTrimapLoss
from matting_models.losses.gradient_penalty import gradient_penalty
from matting_models.losses.known_unknown import known_l1, unknown_l1
from matting_models.losses.laplacian_pyramid import laplacian_loss
from matting_models.losses.matting_loss import matting_loss
from matting_models.losses.regularisation import regularisation_loss

__all__ = [
    "GHMTrimapLoss",
    "gradient_penalty",
    "known_l1",
    "laplacian_loss",
    "matting_loss",
    "regularisation_loss",
    "unknown_l1",
]
