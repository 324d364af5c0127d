"""AdamW with rates that fall layer by layer into the backbone."""

import re

import torch
from torch import nn

_BLOCK = re.compile(r"backbone\.encoder\.layer\.(\d+)\.")
_FIRST = ("backbone.embeddings.patch_embeddings.", "backbone.embeddings.position_embeddings")


def rate_share(name: str, layers: int, decay: float) -> float:
    """What a parameter's learning rate is multiplied with, as in the authors' configuration.

    The last block's is ``decay``, each block's before it ``decay`` times the next one's, and patch and position
    embeddings come before the first. Everything else has the full rate: the class token and the backbone's last
    normalisation too.

    Args:
        name: of the parameter in ``SMatNet``.
        layers: of the backbone.
        decay: above 0, at most 1.
    """
    if name.startswith(_FIRST):
        return decay ** (layers + 1)
    if block := _BLOCK.match(name):
        return decay ** (layers - int(block[1]))
    return 1.0


def make_optimiser(model: nn.Module, rate: float, weight_decay: float, layer_decay: float) -> torch.optim.AdamW:
    """AdamW; no weight decay on normalisation layers and position embeddings, as there."""
    layers = model.get_submodule("backbone.encoder.layer")
    assert isinstance(layers, nn.ModuleList)
    norms = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm)
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for place, module in model.named_modules():
        for name, parameter in module.named_parameters(recurse=False):
            if not parameter.requires_grad:
                continue
            full = f"{place}.{name}"
            spared = isinstance(module, norms) or name == "position_embeddings"
            key = (rate * rate_share(full, len(layers), layer_decay), 0.0 if spared else weight_decay)
            groups.setdefault(key, []).append(parameter)
    return torch.optim.AdamW(
        [{"params": params, "lr": lr, "weight_decay": decay} for (lr, decay), params in groups.items()], lr=rate
    )
