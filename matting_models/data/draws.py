"""Which sample comes when: an endless stream that depends on nothing but seed and position."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Sampler

BLOCK = 4096
"""Draws decided at a time."""


@dataclass(frozen=True, slots=True)
class Draw:
    """One sample of the stream.

    Attributes:
        number: position in the stream of all processes, from 0; everything random about the sample comes from it.
        source: index of its source.
        row: in the source.
    """

    number: int
    source: int
    row: int


class Draws(Sampler[list[Draw]]):
    """Batches of draws for one process.

    The source of each draw is chosen by weight; within a source every row comes once before any comes twice, in an
    order shuffled anew each time. Batch b of process r holds numbers (b x world_size + r) x batch_size and on, so the
    stream of all processes together does not depend on how many there are, and a start in the middle is the rest of
    the stream that a start at the beginning gives.

    Args:
        lengths: rows of each source.
        weights: of each source, above 0.
        seed: of the stream.
        batch_size: draws in a batch.
        rank, world_size: this process, of how many.
        start: batches to leave out at the beginning.
        count: batches to give; None for no end.
    """

    def __init__(
        self,
        lengths: Sequence[int],
        weights: Sequence[float],
        seed: int,
        batch_size: int,
        rank: int = 0,
        world_size: int = 1,
        start: int = 0,
        count: int | None = None,
    ) -> None:
        if len(lengths) != len(weights) or min(lengths) < 1 or not min(weights) > 0:
            raise ValueError(f"need a length and a weight above 0 for every source, got {lengths} and {weights}")
        self._lengths = list(lengths)
        self._shares = np.cumsum(np.array(weights, float) / sum(weights))
        self._seed = seed
        self._batch, self._rank, self._world = batch_size, rank, world_size
        self._start, self._count = start, count
        self._before = [np.zeros(len(lengths), np.int64)]  # draws from each source before each block
        self._blocks: dict[int, NDArray[np.int64]] = {}
        self._orders: dict[tuple[int, int], NDArray[np.int64]] = {}

    def __len__(self) -> int:
        if self._count is None:
            raise TypeError("the stream has no end")
        return self._count

    def __iter__(self) -> Iterator[list[Draw]]:
        index = self._start
        while self._count is None or index < self._start + self._count:
            first = (index * self._world + self._rank) * self._batch
            yield [self.draw(number) for number in range(first, first + self._batch)]
            index += 1

    def draw(self, number: int) -> Draw:
        """The draw at a position."""
        block, place = divmod(number, BLOCK)
        sources = self._sources(block)
        source = int(sources[place])
        earlier = self._drawn_before(block)[source] + int((sources[:place] == source).sum())
        epoch, turn = divmod(int(earlier), self._lengths[source])
        return Draw(number, source, int(self._order(source, epoch)[turn]))

    def _sources(self, block: int) -> NDArray[np.int64]:
        """Source of every draw of a block."""
        if block not in self._blocks:
            chance = np.random.default_rng([self._seed, 1, block]).random(BLOCK)
            last = len(self._lengths) - 1
            self._blocks[block] = np.minimum(np.searchsorted(self._shares, chance, side="right"), last)
            for old in [key for key in self._blocks if key < block - 1]:
                del self._blocks[old]
        return self._blocks[block]

    def _drawn_before(self, block: int) -> NDArray[np.int64]:
        while len(self._before) <= block:
            last = len(self._before) - 1
            counts = np.bincount(self._sources(last), minlength=len(self._lengths))
            self._before.append(self._before[-1] + counts)
        return self._before[block]

    def _order(self, source: int, epoch: int) -> NDArray[np.int64]:
        """The order of a source's rows in one pass."""
        key = (source, epoch)
        if key not in self._orders:
            self._orders[key] = np.random.default_rng([self._seed, 2, source, epoch]).permutation(self._lengths[source])
            for old in [k for k in self._orders if k[0] == source and k[1] < epoch - 1]:
                del self._orders[old]
        return self._orders[key]
