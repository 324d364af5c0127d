"""AdamW over what is trained."""

import torch
from torch import nn

from matting_models.networks.semat.channel_norm import ChannelNorm


def make_optimiser(model: nn.Module, learning_rate: float, weight_decay: float) -> torch.optim.AdamW:
    """AdamW on every trainable parameter; no weight decay on normalisation layers, as the authors' optimiser.

    The fused kernels are used where every parameter is on a GPU.
    """
    norms = (nn.modules.batchnorm._BatchNorm, nn.LayerNorm, ChannelNorm)
    plain: list[nn.Parameter] = []
    normal: list[nn.Parameter] = []
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if parameter.requires_grad:
                (normal if isinstance(module, norms) else plain).append(parameter)
    groups = [{"params": plain, "weight_decay": weight_decay}, {"params": normal, "weight_decay": 0.0}]
    fused = all(parameter.is_cuda for parameter in plain)
    return torch.optim.AdamW(groups, lr=learning_rate, fused=fused)
