"""Datasets for torch: training by draws, evaluation by rows."""

from collections.abc import Sequence

import numpy as np
from torch.utils.data import Dataset

from matting_models.data.batch import Loaded
from matting_models.data.draws import Draw
from matting_models.data.examples import Example, eval_example, train_example
from matting_models.data.sample import BadSample, Source

ATTEMPTS = 10
"""Samples tried for one draw."""


class TrainingSet(Dataset[Loaded]):
    """Augmented examples of several sources; item n of the stream is the same whoever asks, and when.

    Args:
        sources: in the order that draws count them.
        size: side in pixels of the square examples.
        seed: of augmentation and of replacements.
    """

    def __init__(self, sources: Sequence[Source], size: int, seed: int) -> None:
        self._sources = list(sources)
        self._size = size
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
                return Loaded(self._example(source, row, rng), skipped)
            except BadSample as bad:
                skipped.append((bad.sample_id, bad.reason))
            row = int(rng.integers(len(source)))
        return Loaded(None, skipped)

    def _example(self, source: Source, row: int, rng: np.random.Generator) -> Example:
        return train_example(source.load(row, rng), self._size, rng)


class EvaluationSet(Dataset[Loaded]):
    """Every row of some sources, unchanged but for its size.

    Args:
        sources: in order.
        size: side in pixels of the square examples.
    """

    def __init__(self, sources: Sequence[Source], size: int) -> None:
        self._rows = [(source, row) for source in sources for row in range(len(source))]
        self._size = size

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> Loaded:
        source, row = self._rows[index]
        try:
            sample = source.load(row, np.random.default_rng([0, index]))
            return Loaded(eval_example(sample, self._size))
        except BadSample as bad:
            return Loaded(None, [(bad.sample_id, bad.reason)])
