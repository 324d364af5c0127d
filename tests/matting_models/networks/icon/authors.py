"""The authors' network by names and shapes alone, and weights drawn for it and for a backbone."""

import json
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from matting_models.networks.icon.tiny import save_tiny

FOLDER = Path(__file__).parent / "parity"
SIDE, SEED = 128, 2024


def drawn(shapes: dict[str, list[int]], seed: int) -> dict[str, Tensor]:
    """Weights for names and shapes, in sorted order from one generator; norms near 1, variances above 0."""
    rng = np.random.default_rng(seed)
    tensors = {}
    for name in sorted(shapes):
        shape = tuple(shapes[name])
        values = rng.standard_normal(shape)
        if name.endswith("num_batches_tracked"):
            tensors[name] = torch.tensor(1)
            continue
        if name.endswith("running_var"):
            values = 1 + 0.1 * np.abs(values)
        elif len(shape) > 1:
            values *= np.prod(shape[1:]) ** -0.5
        elif name.endswith("weight"):
            values = 1 + 0.1 * values
        else:
            values *= 0.1
        tensors[name] = torch.from_numpy(values.astype(np.float32))
    return tensors


def checkpoint() -> dict[str, Tensor]:
    """A state dict as the authors'."""
    return drawn(json.loads((FOLDER / "shapes.json").read_text()), SEED)


def save_backbone(folder: Path) -> Path:
    """A tiny Stable Diffusion whose weights do not depend on torch's generator."""
    save_tiny(folder)
    for number, part in enumerate(("text_encoder", "unet", "vae")):
        path = next((folder / part).glob("*.safetensors"))
        found = load_file(path)
        planted = drawn({name: list(tensor.shape) for name, tensor in found.items()}, SEED + number)
        if part == "vae":
            planted["quant_conv.bias"][4:] = -4  # a narrow posterior
            planted["quant_conv.weight"][4:] *= 0.1
        save_file({name: planted[name].to(found[name].dtype) for name in found}, path, metadata={"format": "pt"})
    return folder


def pictures() -> tuple[Tensor, Tensor, Tensor]:
    """Two references, their masks, two targets: (2, 3, S, S) and (2, 1, S, S) and (2, 3, S, S), in [-1, 1] and 0, 1."""
    rng = np.random.default_rng(SEED)
    cells = rng.uniform(-1, 1, (2, 2, 3, 8, 8))
    images = torch.from_numpy(np.kron(cells, np.ones((SIDE // 8, SIDE // 8))).astype(np.float32))
    masks = torch.zeros(2, 1, SIDE, SIDE)
    masks[0, 0, 10:90, 20:100] = 1
    masks[1, 0, 64:, :40] = 1
    return images[0], masks, images[1]


def noises_of_each() -> Tensor:
    """For reference and target, 2 members, posterior and noise, 2 pictures: (2, 2, 2, 2, 4, S / 8, S / 8)."""
    shape = (2, 2, 2, 2, 4, SIDE // 8, SIDE // 8)
    return torch.from_numpy(np.random.default_rng(SEED + 9).standard_normal(shape).astype(np.float32))
