"""Crops stacked for training, and whole instances for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.net_m.examples import Example, Instance, evaluation_example, train_example


@dataclass(slots=True, kw_only=True)
class Crops(Batch):
    """B crops; the attributes are ``Example``'s, stacked."""

    planes: Tensor
    alphas: Tensor
    trusted: Tensor


@dataclass(slots=True, kw_only=True)
class Instances(Batch):
    """Whole instances, each of its own size; the attributes are lists of ``Instance``'s."""

    planes: list[Tensor]
    images: list[Tensor]
    trimaps: list[Tensor]
    alphas: list[Tensor]
    counted: list[Tensor]


@dataclass(frozen=True, slots=True)
class NetMExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the crops.
    """

    side: int

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A crop around an unknown pixel."""
        return train_example(sample, self.side, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Instance:
        """The whole instance; nothing random."""
        return evaluation_example(sample)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack crops, list instances."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        if isinstance(examples[0], Instance):
            return Instances(
                planes=[from_numpy(e.planes) for e in examples],
                images=[from_numpy(e.image) for e in examples],
                trimaps=[from_numpy(e.trimap) for e in examples],
                alphas=[from_numpy(e.alpha) for e in examples],
                counted=[from_numpy(e.counted) for e in examples],
                **account(loaded),
            )
        return Crops(
            planes=stack([e.planes for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            trusted=stack([e.trusted for e in examples]),
            **account(loaded),
        )
