"""Copying found tensors into a network, strictly."""

from collections.abc import Mapping

import torch
from torch import Tensor

from matting_models.errors import InputError


def fit(
    state: Mapping[str, Tensor], found: Mapping[str, Tensor], trouble: str, named: Mapping[str, str] | None = None
) -> None:
    """Copy tensors into a network's state by name.

    Args:
        state: of the network, such as ``state_dict()`` gives; written to.
        found: what is to stand in it: the same names and shapes. Another precision or device is cast.
        trouble: how the message begins when they do not fit, such as "FILE does not fit its config.json".
        named: for messages, what tensors are called in the file where that is not their name in ``found``.

    Raises:
        InputError: a tensor is missing, left over or of another shape; it names the first, and how many there are. Or
            one has whole numbers for weights, as quantised ones are, whose scale is unknown; or a NaN.
    """
    shapes = {name: tuple(tensor.shape) for name, tensor in state.items()}
    stored = {name: tuple(tensor.shape) for name, tensor in found.items()}
    wrong = sorted(name for name in shapes.keys() | stored.keys() if shapes.get(name) != stored.get(name))
    called = named or {}
    if wrong:
        raise InputError(
            f"{trouble}: {len(wrong)} tensors differ; {called.get(wrong[0], wrong[0])} is "
            f"{stored.get(wrong[0], 'missing')}, expected {shapes.get(wrong[0], 'none of that name')}"
        )
    for name, tensor in state.items():
        if tensor.is_floating_point() and not found[name].is_floating_point():
            was, wanted = (str(each.dtype).removeprefix("torch.") for each in (found[name], tensor))
            raise InputError(f"{trouble}: {called.get(name, name)} has whole numbers ({was}), expected {wanted}")
        if not found[name].to(tensor.dtype).isfinite().all():
            raise InputError(f"{trouble}: {called.get(name, name)} has values that are not finite")
    with torch.no_grad():
        for name, tensor in state.items():
            tensor.copy_(found[name])
