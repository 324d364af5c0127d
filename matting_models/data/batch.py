"""Examples stacked for the network."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matting_models.data.examples import Example


@dataclass(slots=True)
class Loaded:
    """What became of one draw.

    Attributes:
        example: None where nothing could be read.
        skipped: (sample_id, reason) of the samples that were tried and could not be used.
    """

    example: Example | None
    skipped: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Batch:
    """B examples.

    Attributes:
        images: (B, 3, S, S) uint8, RGB.
        alphas: (B, 1, S, S) uint8.
        trimaps: (B, S, S) uint8 classes: 0 background, 1 unknown, 2 foreground.
        boxes: (B, 4) float32 xyxy in pixels.
        sizes: (B, 2) int32, height and width of what is not padding.
        sample_ids: B names.
        skipped: (sample_id, reason) of samples that could not be used.
        missing: draws for which none could be.
    """

    images: Tensor
    alphas: Tensor
    trimaps: Tensor
    boxes: Tensor
    sizes: Tensor
    sample_ids: list[str]
    skipped: list[tuple[str, str]]
    missing: int

    def to(self, device: torch.device) -> "Batch":
        """The tensors on a device; pinned ones travel while other work goes on."""
        return self._map(lambda x: x.to(device, non_blocking=True))

    def pin_memory(self) -> "Batch":
        """The tensors in pinned memory; called by DataLoader."""
        return self._map(lambda x: x.pin_memory())

    def _map(self, change: Callable[[Tensor], Tensor]) -> "Batch":
        return replace(
            self,
            images=change(self.images),
            alphas=change(self.alphas),
            trimaps=change(self.trimaps),
            boxes=change(self.boxes),
            sizes=change(self.sizes),
        )


def collate(loaded: Sequence[Loaded]) -> Batch:
    """Stack what was read; draws without an example are left out, their reasons kept."""
    examples = [item.example for item in loaded if item.example is not None]
    return Batch(
        images=_stack([e.image for e in examples]),
        alphas=_stack([e.alpha for e in examples]),
        trimaps=_stack([e.trimap for e in examples]),
        boxes=_stack([e.box for e in examples]),
        sizes=_stack([e.size for e in examples]),
        sample_ids=[e.sample_id for e in examples],
        skipped=[pair for item in loaded for pair in item.skipped],
        missing=len(loaded) - len(examples),
    )


def _stack(arrays: Sequence[NDArray[Any]]) -> Tensor:
    return torch.from_numpy(np.stack(arrays)) if arrays else torch.empty(0)
