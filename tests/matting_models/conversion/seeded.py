"""Weights and inputs that tests and the run of the authors' code draw alike."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def draw_state(shapes: Mapping[str, Sequence[int]], seed: int) -> dict[str, Tensor]:
    """A state dict of lively weights, drawn in the order of the names."""
    rng = np.random.default_rng(seed)
    state: dict[str, NDArray[np.floating]] = {}
    for name in sorted(shapes):
        shape = tuple(shapes[name])
        values = rng.standard_normal(shape)
        if name.endswith("running_var"):
            values = 1 + 0.5 * np.tanh(values)
        elif len(shape) == 1 and name.endswith("weight"):  # of norms
            values = 1 + 0.1 * values
        elif len(shape) > 1 and name.endswith(("weight", "weight_bar")):
            values /= np.sqrt(np.prod(shape[1:]))
        else:
            values *= 0.3
        state[name] = values
    for name in state:
        if name.endswith("weight_u"):
            _spectral(state, name.removesuffix("_u"))
    drawn = {name: torch.from_numpy(np.asarray(values, np.float32)) for name, values in state.items()}
    beside = {name.replace("running_var", "num_batches_tracked") for name in drawn if name.endswith("running_var")}
    return drawn | {name: torch.tensor(0) for name in beside}


def _spectral(state: dict[str, NDArray[np.floating]], weight: str) -> None:
    """Directions that belong to the weight, as after training: others would divide it by nearly nothing."""
    matrix = state[f"{weight}_bar"].reshape(len(state[f"{weight}_bar"]), -1)
    u, v = state[f"{weight}_u"], state[f"{weight}_v"]
    for _ in range(5):
        v = matrix.T @ u / np.linalg.norm(matrix.T @ u)
        u = matrix @ v / np.linalg.norm(matrix @ v)
    state[f"{weight}_u"], state[f"{weight}_v"] = u, v


def draw_crop(height: int, width: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A photo, (height, width, 3), and a trimap of all three values, (height, width)."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 256, (height, width, 3)).astype(np.uint8)
    trimap = np.full((height, width), 128, np.uint8)
    trimap[: height // 4], trimap[:, -width // 5 :] = 0, 255
    return image, trimap
