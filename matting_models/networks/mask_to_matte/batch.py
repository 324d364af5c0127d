"""Patches stacked for training, and whole instances for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.coarse_masks import coarsen
from matting_models.data.sample import BadSample, Sample
from matting_models.networks.mask_to_matte.crops import crop_around, padded_size
from matting_models.networks.mask_to_matte.examples import SMALLEST, Example, train_example
from matting_models.networks.mask_to_matte.features import network_input
from matting_models.networks.mask_to_matte.network import STRIDE

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
        image, alpha, mask = _at_most(sample.image[window], sample.alpha[window], mask[window])
        if not mask.any():
            raise BadSample(sample.sample_id, "its mask vanishes when it is made smaller")
        height, width = mask.shape
        border = ((0, 0), (0, padded_size(height, STRIDE) - height), (0, padded_size(width, STRIDE) - width))
        planes = np.pad(network_input(image, mask), border, mode="edge")
        return Instance(sample.sample_id, planes, image, mask, alpha)

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


def _at_most(*pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Photo, alpha and mask at ``LONGEST`` pixels a side."""
    height, width = pictures[0].shape[:2]
    scale = LONGEST / max(height, width)
    if scale >= 1:
        return [np.array(picture) for picture in pictures]  # copies, since torch wants them writable
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    image, alpha, mask = pictures
    smaller = [cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (image, alpha, mask * np.uint8(255))]
    return [np.asarray(smaller[0], np.uint8), np.asarray(smaller[1], np.uint8), np.asarray(smaller[2] > 127, np.uint8)]
