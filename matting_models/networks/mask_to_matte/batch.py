"""Patches stacked for training, and whole instances for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.coarse_masks import coarsen
from matting_models.data.sample import BadSample, Sample
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.mask_to_matte.examples import SMALLEST, Example, train_example
from matting_models.networks.mask_to_matte.view import shrunk, shrunk_mask, viewed

LONGEST = 640
"""Longer side in pixels that instances are validated at, at most."""


@dataclass(slots=True)
class Instance:
    """One whole instance.

    Attributes:
        sample_id: of the sample.
        planes: (CHANNELS, H', W') float32, what the network sees, padded to multiples of its stride.
        image: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1.
        alpha: (H, W) uint8, the truth.
    """

    sample_id: str
    planes: NDArray[np.float32]
    image: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    alpha: NDArray[np.uint8]


@dataclass(slots=True, kw_only=True)
class Patches(Batch):
    """B patches.

    Attributes:
        planes: (B, CHANNELS, S, S) float32.
        alphas, weights: (B, 1, S, S) float32.
    """

    planes: Tensor
    alphas: Tensor
    weights: Tensor


@dataclass(slots=True, kw_only=True)
class Instances(Batch):
    """Whole instances, each of its own size; the attributes are lists of ``Instance``'s."""

    planes: list[Tensor]
    images: list[Tensor]
    masks: list[Tensor]
    alphas: list[Tensor]


@dataclass(frozen=True, slots=True)
class MaskToMatteExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the patches.
    """

    side: int

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A patch at the edge of a mask made coarse."""
        return train_example(sample, self.side, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Instance:
        """The whole instance around a mask made coarse, as in prediction."""
        if int((sample.alpha > 127).sum()) < SMALLEST:
            raise BadSample(sample.sample_id, f"fewer than {SMALLEST} pixels of its alpha are above one half")
        mask = coarsen(sample.alpha, rng)
        if not mask.any():
            raise BadSample(sample.sample_id, "its mask vanishes when it is made coarser")
        window = crop_around(mask)
        image, alpha = (np.array(shrunk(x[window], LONGEST)) for x in (sample.image, sample.alpha))  # torch writes
        mask = np.array(shrunk_mask(mask[window], LONGEST))
        return Instance(sample.sample_id, viewed(image, mask), image, mask, alpha)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack patches, list instances."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        if isinstance(examples[0], Instance):
            return Instances(
                planes=[from_numpy(e.planes) for e in examples],
                images=[from_numpy(e.image) for e in examples],
                masks=[from_numpy(e.mask) for e in examples],
                alphas=[from_numpy(e.alpha) for e in examples],
                **account(loaded),
            )
        return Patches(
            planes=stack([e.planes for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            weights=stack([e.weight for e in examples]),
            **account(loaded),
        )
