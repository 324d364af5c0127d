"""Datasets for torch: training by draws, evaluation by rows."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from torch.utils.data import Dataset

from matting_models.data.batch import Batch, Loaded
from matting_models.data.draws import Draw
from matting_models.data.sample import BadSample, Sample, Source

ATTEMPTS = 10
"""Samples tried for one draw."""


class Examples(Protocol):
    """From samples to batches, as one network wants them. It is pickled into the processes that load."""

    def train(self, sample: Sample, rng: np.random.Generator) -> Any:
        """An example to learn from, with a ``sample_id``; everything random comes from ``rng``.

        Raises:
            BadSample: this one cannot be used.
        """
        ...

    def evaluate(self, sample: Sample, rng: np.random.Generator) -> Any:
        """The same to validate on; ``rng`` starts alike whenever a sample is validated on.

        Raises:
            BadSample: this one cannot be used.
        """
        ...

    def collate(self, loaded: Sequence[Loaded]) -> Batch:
        """Stack examples of either kind, possibly none."""
        ...


class TrainingSet(Dataset[Loaded]):
    """Augmented examples of several sources; item n of the stream is the same whoever asks, and when.

    Args:
        sources: in the order that draws count them.
        examples: makes them.
        seed: of augmentation and of replacements.
    """

    def __init__(self, sources: Sequence[Source], examples: Examples, seed: int) -> None:
        self._sources = list(sources)
        self.examples = examples
        self._seed = seed

    def __getitem__(self, draw: Draw) -> Loaded:
        """The example of a draw; a sample that cannot be used is replaced by another of its source.

        After ``ATTEMPTS`` of those in a row there is no example.
        """
        source, row = self._sources[draw.source], draw.row
        skipped: list[tuple[str, str]] = []
        for attempt in range(ATTEMPTS):
            rng = np.random.default_rng([self._seed, 3, draw.number, attempt])
            try:
                return Loaded(self.examples.train(source.load(row, rng), rng), skipped)
            except BadSample as bad:
                skipped.append((bad.sample_id, bad.reason))
            row = int(rng.integers(len(source)))
        return Loaded(None, skipped)


class EvaluationSet(Dataset[Loaded]):
    """Every row of some sources.

    Args:
        sources: in order.
        examples: makes them.
    """

    def __init__(self, sources: Sequence[Source], examples: Examples) -> None:
        self._rows = [(source, row) for source in sources for row in range(len(source))]
        self.examples = examples

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Loaded:
        source, row = self._rows[index]
        try:
            sample = source.load(row, np.random.default_rng([0, index]))
            return Loaded(self.examples.evaluate(sample, np.random.default_rng([1, index])))
        except BadSample as bad:
            return Loaded(None, [(bad.sample_id, bad.reason)])
