"""Copying found tensors into a network, strictly."""

from collections.abc import Mapping

import torch
from torch import Tensor

from matting_models.errors import InputError


def fit(state: Mapping[str, Tensor], found: Mapping[str, Tensor], trouble: str) -> None:
    """Copy tensors into a network's state by name.

    Args:
        state: of the network, such as ``state_dict()`` gives; written to.
        found: what is to stand in it: the same names and shapes. Another dtype or device is cast.
        trouble: how the message begins when they do not fit, such as "FILE does not fit its config.json".

    Raises:
        InputError: a tensor is missing, left over or of another shape; it names the first, and how many there are.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    stored = {name: tuple(tensor.shape) for name, tensor in found.items()}
    wrong = sorted(name for name in shapes.keys() | stored.keys() if shapes.get(name) != stored.get(name))
    if wrong:
        raise InputError(
            f"{trouble}: {len(wrong)} tensors differ; {wrong[0]} is {stored.get(wrong[0], 'missing')}, "
            f"expected {shapes.get(wrong[0], 'none of that name')}"
        )
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(found[name])
