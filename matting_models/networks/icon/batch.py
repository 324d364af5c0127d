"""Targets and references stacked."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.icon.examples import Example, example_of


@dataclass(slots=True, kw_only=True)
class IconBatch(Batch):
    """B targets; the attributes are ``Example``'s, stacked."""

    images: Tensor
    alphas: Tensor
    unknown: Tensor
    counted: Tensor
    references: Tensor
    reference_alphas: Tensor


@dataclass(frozen=True, slots=True)
class IconExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the squares.
    """

    side: int

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """The sample drew its reference already."""
        return example_of(sample, self.side)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Example:
        """The same."""
        return example_of(sample, self.side)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack them."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        return IconBatch(
            images=stack([e.image for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            unknown=stack([e.unknown for e in examples]),
            counted=stack([e.counted for e in examples]),
            references=stack([e.reference for e in examples]),
            reference_alphas=stack([e.reference_alpha for e in examples]),
            **account(loaded),
        )
