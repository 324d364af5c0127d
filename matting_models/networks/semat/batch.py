"""Examples stacked for SEMat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.semat.config import Architecture
from matting_models.networks.semat.examples import Example, eval_example, train_example


@dataclass(slots=True, kw_only=True)
class SEMatBatch(Batch):
    """B examples.

    Attributes:
        images: (B, 3, S, S) uint8, RGB.
        alphas: (B, 1, S, S) uint8.
        trimaps: (B, S, S) uint8 classes: 0 background, 1 unknown, 2 foreground.
        boxes: (B, 4) float32 xyxy in pixels, as in ``Example``.
        sizes: (B, 2) int32, height and width of what is not padding.
    """

    images: Tensor
    alphas: Tensor
    trimaps: Tensor
    boxes: Tensor
    sizes: Tensor


@dataclass(frozen=True, slots=True)
class SEMatExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        size: S, side in pixels of the square examples.
        architecture: says how photos and boxes stand in the square.
    """

    size: int
    architecture: Architecture = "paper"

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """Augmented."""
        return train_example(sample, self.size, rng, self.architecture)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Example:
        """Unchanged but for its size."""
        return eval_example(sample, self.size, self.architecture)

    def collate(self, loaded: Sequence[Loaded]) -> SEMatBatch:
        """Stack what was read."""
        examples: list[Example] = [item.example for item in loaded if item.example is not None]
        return SEMatBatch(
            images=stack([e.image for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            trimaps=stack([e.trimap for e in examples]),
            boxes=stack([e.box for e in examples]),
            sizes=stack([e.size for e in examples]),
            **account(loaded),
        )
