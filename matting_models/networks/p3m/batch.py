"""Crops stacked for training, and whole photos for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.p3m.examples import Example, Instance, evaluation_example, train_example


@dataclass(slots=True, kw_only=True)
class Crops(Batch):
    """B crops; the attributes are ``Example``'s, stacked."""

    images: Tensor
    coarse: Tensor
    alphas: Tensor
    classes: Tensor


@dataclass(slots=True, kw_only=True)
class Instances(Batch):
    """Whole photos, each of its own size; the attributes are lists of ``Instance``'s."""

    images: list[Tensor]
    coarse: list[Tensor]
    alphas: list[Tensor]


@dataclass(frozen=True, slots=True)
class P3MExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the crops.
    """

    side: int

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A crop with its coarse alpha."""
        return train_example(sample, self.side, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Instance:
        """The whole photo with its coarse alpha."""
        return evaluation_example(sample, rng)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack crops, list photos."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        if isinstance(examples[0], Instance):
            return Instances(
                images=[from_numpy(e.image) for e in examples],
                coarse=[from_numpy(e.coarse) for e in examples],
                alphas=[from_numpy(e.alpha) for e in examples],
                **account(loaded),
            )
        return Crops(
            images=stack([e.image for e in examples]),
            coarse=stack([e.coarse for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            classes=stack([e.classes for e in examples]),
            **account(loaded),
        )
