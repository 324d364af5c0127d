"""Coarse alphas to refine, made from true ones."""

import math

import numpy as np
from numpy.typing import NDArray

from matting_models.data.coarse_masks import coarsen
from matting_models.networks.smat.view import resized

SIDES = (64, 512)
"""Of the squares that coarse alphas are known at, log-uniform. CLIPMat's are of 512, and less sharp than that."""
MISTAKEN = 0.5
"""Share of coarse alphas that are wrong besides, as masks are; the others have lost their details alone."""


def random_coarse(alpha: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """An alpha as a network that sees small squares would find it, at random.

    Args:
        alpha: (H, W) uint8, the truth.
        rng: everything random comes from it.

    Returns:
        (H, W) uint8.
    """
    found = alpha
    if rng.random() < MISTAKEN:
        mask = coarsen(alpha, rng) * np.uint8(255)
        found = mask if mask.any() else alpha  # of what is thin or translucent everywhere, no mask is left
    return at_side(found, round(math.exp(rng.uniform(math.log(SIDES[0]), math.log(SIDES[1])))))


def at_side(alpha: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """What is left of an (H, W) alpha that was a square of that side, as CLIPMat's is of ``SIDES[1]``."""
    return resized(resized(alpha, (side, side)), (alpha.shape[0], alpha.shape[1]))
