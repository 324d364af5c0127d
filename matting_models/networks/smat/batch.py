"""Examples stacked for SMat, and whole photos for validation."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor, from_numpy

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.examples import Example, Photo, evaluation_example, train_example


@dataclass(slots=True, kw_only=True)
class Squares(Batch):
    """B examples; the attributes are ``Example``'s, stacked."""

    images: Tensor
    alphas: Tensor
    foregrounds: Tensor
    trusted: Tensor
    prompts: Tensor


@dataclass(slots=True, kw_only=True)
class Photos(Batch):
    """Whole photos, each of its own size; the attributes are lists of ``Photo``'s."""

    images: list[Tensor]
    alphas: list[Tensor]
    prompts: list[Tensor]


@dataclass(frozen=True, slots=True)
class SMatExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        config: of the network.
    """

    config: SMatConfig

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A square with a prompt, or none."""
        return train_example(sample, self.config, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Photo:
        """The whole photo with a prompt of each kind."""
        return evaluation_example(sample, self.config, rng)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack squares, list photos."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        if isinstance(examples[0], Photo):
            return Photos(
                images=[from_numpy(e.image) for e in examples],
                alphas=[from_numpy(e.alpha) for e in examples],
                prompts=[from_numpy(e.prompts) for e in examples],
                **account(loaded),
            )
        return Squares(
            images=stack([e.image for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            foregrounds=stack([e.foreground for e in examples]),
            trusted=stack([e.trusted for e in examples]),
            prompts=stack([e.prompt for e in examples]),
            **account(loaded),
        )
