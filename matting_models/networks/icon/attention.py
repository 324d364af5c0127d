"""Reading self-attention probabilities while a U-Net runs.

Fused attention never has them as a whole, so the layers that are read compute theirs in plain steps.
"""

from typing import Any

import torch
from torch import Tensor


class Means:
    """Running means of attention, one for each number of places."""

    def __init__(self) -> None:
        self._sums: dict[int, Tensor] = {}
        self._counts: dict[int, int] = {}

    def add(self, probabilities: Tensor) -> None:
        """(B, N, N) of one layer."""
        places = probabilities.shape[-1]
        self._sums[places] = self._sums.get(places, 0) + probabilities
        self._counts[places] = self._counts.get(places, 0) + 1

    def clear(self) -> None:
        """Forget what was added and not taken, as a run that failed leaves it."""
        self._sums.clear()
        self._counts.clear()

    def take(self, places: int) -> Tensor:
        """The mean of all that was added with so many places, (B, N, N) float32."""
        return self._sums.pop(places) / self._counts.pop(places)


class RecordingAttention:
    """A processor of self-attention for diffusers, that adds each call's probabilities to ``means``."""

    def __init__(self, means: Means) -> None:
        self._means = means

    def __call__(self, attn: Any, hidden_states: Tensor, *_: object, **__: object) -> Tensor:
        batch = hidden_states.shape[0]
        query, key, value = (
            attn.head_to_batch_dim(layer(hidden_states)) for layer in (attn.to_q, attn.to_k, attn.to_v)
        )
        probabilities = attn.get_attention_scores(query, key)
        self._means.add(probabilities.unflatten(0, (batch, -1)).float().mean(dim=1))
        output: Tensor = attn.to_out[0](attn.batch_to_head_dim(torch.bmm(probabilities, value)))
        return output
