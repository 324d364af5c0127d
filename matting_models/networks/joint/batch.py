"""Crops stacked for training, and whole instances for validation."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.joint.examples import Example, mask_of, train_example
from matting_models.networks.mask_to_matte.crops import crop_around


@dataclass(slots=True)
class Instance:
    """One instance's crop, as it is.

    Attributes:
        sample_id: of the sample.
        image: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1.
        alpha: (H, W) uint8, the truth, or what stands for it.
    """

    sample_id: str
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


@dataclass(slots=True, kw_only=True)
class Crops(Batch):
    """B crops; the attributes are ``Example``'s, stacked; ``backgrounds`` is empty where there are none."""

    images: Tensor
    segmentations: Tensor
    classes: Tensor
    weights: Tensor
    backgrounds: Tensor


@dataclass(slots=True, kw_only=True)
class Instances(Batch):
    """Whole instances, each of its own size; the attributes are lists of ``Instance``'s."""

    images: list[Tensor]
    masks: list[Tensor]
    alphas: list[Tensor]


@dataclass(frozen=True, slots=True)
class JointExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the crops.
        backgrounds: photos, or None.
    """

    side: int
    backgrounds: Sequence[Path] | None

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A crop at the instance."""
        return train_example(sample, self.side, self.backgrounds, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Instance:
        """The whole instance."""
        mask = mask_of(sample)
        window = crop_around(mask)
        image, mask, alpha = (np.ascontiguousarray(x[window]) for x in (sample.image, mask, sample.alpha))
        return Instance(sample.sample_id, image, mask, alpha)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack crops, list instances."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        if isinstance(examples[0], Instance):
            return Instances(
                images=[from_numpy(e.image) for e in examples],
                masks=[from_numpy(e.mask) for e in examples],
                alphas=[from_numpy(e.alpha) for e in examples],
                **account(loaded),
            )
        return Crops(
            images=stack([e.image for e in examples]),
            segmentations=stack([e.segmentation for e in examples]),
            classes=stack([e.classes for e in examples]),
            weights=stack([e.weight for e in examples]),
            backgrounds=stack([e.background for e in examples if e.background is not None]),
            **account(loaded),
        )
