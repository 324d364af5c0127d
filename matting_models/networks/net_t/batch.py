"""Patches stacked for Net-T's training, and whole instances for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.net_t.examples import Example, Instance, train_example, whole_instance


@dataclass(slots=True, kw_only=True)
class Patches(Batch):
    """B patches.

    Attributes:
        images: (B, 3, S, S) uint8, RGB.
        segmentations: (B, 1, S, S) uint8, 255 for foreground.
        classes: (B, S, S) uint8, ``examples.IGNORED`` where the truth is not known.
    """

    images: Tensor
    segmentations: Tensor
    classes: Tensor


@dataclass(slots=True, kw_only=True)
class Instances(Batch):
    """Whole instances, each of its own size; the attributes are lists of ``examples.Instance``'s."""

    images: list[Tensor]
    segmentations: list[Tensor]
    classes: list[Tensor]


@dataclass(frozen=True, slots=True)
class NetTExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the patches, and longer side of the instances.
        coarse_share: of training segmentations made as people and networks draw masks.
    """

    side: int
    coarse_share: float

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A patch of a degraded segmentation."""
        return train_example(sample, self.side, self.coarse_share, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Instance:
        """The whole instance, its segmentation eroded by 20 pixels and blurred; nothing random."""
        return whole_instance(sample, self.side)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack patches, list instances."""
        examples: list[Example] = [item.example for item in loaded if item.example is not None]
        if examples and isinstance(examples[0], Instance):
            return Instances(
                images=[from_numpy(e.image) for e in examples],
                segmentations=[from_numpy(e.segmentation) for e in examples],
                classes=[from_numpy(e.classes) for e in examples],
                **account(loaded),
            )
        return Patches(
            images=stack([e.image for e in examples]),
            segmentations=stack([e.segmentation for e in examples]),
            classes=stack([e.classes for e in examples]),
            **account(loaded),
        )
