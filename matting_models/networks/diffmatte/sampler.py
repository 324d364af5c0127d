"""Noise on mattes, and the way back from noise to a matte (DDIM with uniform steps).

Mattes are in [-1, 1]. At time t of [0, 1] a matte is 0.2 sqrt(1 - t) times itself plus sqrt(t) times the noise.
"""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

SCALE = 0.2
"""Of the matte beside the noise: below 1, so that large pictures, whose pixels resemble each other, drown in it."""
LEAST_GAMMA = 1e-9
LEAST_DEVIATION = 1e-5
LEAST_SIGMA = 1e-10


def noise_of(seed: int, height: int, width: int) -> Tensor:
    """(height, width) float32, normal; a function of its arguments alone, whatever the device."""
    return torch.from_numpy(np.random.default_rng(seed).standard_normal((height, width), np.float32))


def shares(times: Tensor) -> tuple[Tensor, Tensor]:
    """What matte and noise are multiplied with, each (B, 1, 1, 1), at times (B,)."""
    gamma = (1 - times).clamp(min=LEAST_GAMMA).view(-1, 1, 1, 1)
    return SCALE * gamma.sqrt(), (1 - gamma).sqrt()


def unit_deviation(x: Tensor, inside: Tensor) -> Tensor:
    """Each sample divided by its standard deviation; 0 beyond the picture.

    Args:
        x: (B, 1, H, W).
        inside: the same, 1 in the picture and 0 beyond.
    """
    pixels = inside.sum(dim=(2, 3), keepdim=True)
    mean = (x * inside).sum(dim=(2, 3), keepdim=True) / pixels
    variance = ((x - mean).square() * inside).sum(dim=(2, 3), keepdim=True) / pixels
    return x * inside / variance.sqrt().clamp(min=LEAST_DEVIATION)


def sample(decode: Callable[[Tensor, Tensor], Tensor], noise: Tensor, inside: Tensor, steps: int) -> Tensor:
    """From noise to a matte.

    Args:
        decode: from a noisy matte of unit deviation, (B, 1, H, W), and its times, (B,), to the matte in [-1, 1].
        noise: (B, 1, H, W), normal.
        inside: as for ``unit_deviation``.
        steps: how often ``decode`` is asked.

    Returns:
        (B, 1, H, W) in [-1, 1].
    """
    times = torch.linspace(1, 0, steps + 1, device=noise.device).expand(len(noise), -1)
    x, clean = noise, noise
    for step in range(steps):
        alpha, sigma = shares(times[:, step])
        clean = decode(unit_deviation(x, inside), times[:, step]).clamp(-1, 1)
        remaining = (x - alpha * clean) / sigma.clamp(min=LEAST_SIGMA)
        alpha, sigma = shares(times[:, step + 1])
        x = alpha * clean + sigma * remaining
    return clean
