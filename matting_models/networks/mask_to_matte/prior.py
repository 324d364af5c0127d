"""How far the closed form believes the network, pixel by pixel."""

import numpy as np
from numpy.typing import NDArray

WEIGHT = 0.005
"""Where the network is undecided: there colours decide, and the network where they cannot."""
DOUBT = 0.02
"""Keeps the weight finite where the network is sure."""


def prior_weight(alpha: NDArray[np.float32]) -> NDArray[np.float32]:
    """Weight of the network's alpha in the closed form.

    Where the network says 0 or 1 it is seldom wrong, and the closed form would carry the textures of cloth and
    background across the edge. Where it says something between, colours know better.

    Args:
        alpha: (H, W) float32 in [0, 1], the network's.

    Returns:
        (H, W) float32, above 0.
    """
    undecided = 4 * alpha * (1 - alpha)  # 1 at one half
    weight: NDArray[np.float32] = np.float32(WEIGHT) / np.square(undecided + np.float32(DOUBT))
    return weight
