"""Weights that a name, a shape and a seed say all about, so that a fixture needs only what a network made of them."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

GAIN = 1.5
"""Activations neither die nor overflow, and the output depends on the input."""


def seeded_state(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """One draw a tensor, in order of the names."""
    rng = np.random.default_rng(seed)
    return {name: _drawn(name, tuple(shapes[name]), rng) for name in sorted(shapes)}


def _drawn(name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros((), dtype=torch.int64)
    values = rng.standard_normal(shape)
    if name.endswith("running_var"):
        values = 0.5 + values**2
    elif len(shape) == 1:
        values = 0.1 * values + (1.0 if name.endswith("weight") else 0.0)
    elif "pos" in name:
        values = 0.2 * values
    else:
        values = GAIN * values / np.sqrt(np.prod(shape[1:]))
    return torch.from_numpy(values.astype(np.float32))
