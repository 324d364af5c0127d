"""What loaders give: what became of each draw, and examples stacked."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(slots=True)
class Loaded:
    """What became of one draw.

    Attributes:
        example: of the network's own type, with a ``sample_id``; None where nothing could be read.
        skipped: (sample_id, reason) of the samples that were tried and could not be used.
    """

    example: Any
    skipped: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Batch:
    """What every network's batch says; each adds tensors, or lists of them, of its own.

    Attributes:
        sample_ids: B names.
        skipped: (sample_id, reason) of samples that could not be used.
        missing: draws for which none could be.
    """

    sample_ids: list[str]
    skipped: list[tuple[str, str]]
    missing: int

    def to(self, device: torch.device) -> Self:
        """The tensors on a device; pinned ones travel while other work goes on."""
        return self._map(lambda x: x.to(device, non_blocking=True))

    def pin_memory(self) -> Self:
        """The tensors in pinned memory; called by DataLoader."""
        return self._map(lambda x: x.pin_memory())

    def _map(self, change: Callable[[Tensor], Tensor]) -> Self:
        changed: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, Tensor):
                changed[each.name] = change(value)
            elif isinstance(value, list) and value and isinstance(value[0], Tensor):
                changed[each.name] = [change(x) for x in value]
        return replace(self, **changed)


def account(loaded: Sequence[Loaded]) -> dict[str, Any]:
    """The fields of ``Batch`` itself; draws without an example are left out, their reasons kept."""
    names = [item.example.sample_id for item in loaded if item.example is not None]
    return {
        "sample_ids": names,
        "skipped": [pair for item in loaded for pair in item.skipped],
        "missing": len(loaded) - len(names),
    }


def stack(arrays: Sequence[NDArray[Any]]) -> Tensor:
    """Arrays of one shape along a new first axis; an empty tensor of none."""
    return torch.from_numpy(np.stack(arrays)) if arrays else torch.empty(0)
