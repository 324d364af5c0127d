"""Examples stacked for CLIPMat."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch import Tensor

from matting_models.data.batch import Batch, Loaded, account, stack
from matting_models.data.sample import Sample
from matting_models.networks.clipmat.examples import Example, evaluation_example, train_example
from matting_models.networks.clipmat.tokens import Tokens


@dataclass(slots=True, kw_only=True)
class Described(Batch):
    """B examples; the attributes are ``Example``'s, stacked."""

    images: Tensor
    alphas: Tensor
    classes: Tensor
    texts: Tensor


@dataclass(frozen=True, slots=True)
class CLIPMatExamples:
    """See ``matting_models.data.datasets.Examples``.

    Attributes:
        side: of the squares.
        tokens: make numbers of texts.
    """

    side: int
    tokens: Tokens

    def train(self, sample: Sample, rng: np.random.Generator) -> Example:
        """A square, possibly mirrored."""
        return train_example(sample, self.side, self.tokens, rng)

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Example:
        """The same as prediction sees it."""
        return evaluation_example(sample, self.side, self.tokens)

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack them."""
        examples = [item.example for item in loaded if item.example is not None]
        if not examples:
            return Batch(**account(loaded))
        return Described(
            images=stack([e.image for e in examples]),
            alphas=stack([e.alpha for e in examples]),
            classes=stack([e.classes for e in examples]),
            texts=stack([e.text for e in examples]),
            **account(loaded),
        )
