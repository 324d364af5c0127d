"""Which foreground has which kind and seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

GOLDEN = (5**0.5 - 1) / 2
"""Multiples of it fill the unit interval evenly, however many are taken."""
MOST = 1_000_000
"""Foregrounds of one seed."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One foreground to be.

    Attributes:
        number: from 0.
        kind: one of ``kinds.VERSIONS``.
        seed: of all its random choices; differs from that of every other number and seed of a set.
    """

    number: int
    kind: str
    seed: int

    @property
    def name(self) -> str:
        """Of its file, without ending."""
        return f"{self.kind}_{self.seed:09d}"


def shot(seed: int, number: int, shares: Mapping[str, float]) -> Shot:
    """Foreground ``number`` of a set: follows from the seed, the number and the shares, not from how many there are.

    Args:
        seed: of the set, 0 or more.
        number: 0 to ``MOST`` - 1.
        shares: of kinds, in any unit; any first numbers of a set have nearly these shares.
    """
    place = (np.random.default_rng(seed).random() + number * GOLDEN) % 1
    bounds = list(accumulate(shares.values()))
    index = int(np.searchsorted(bounds, place * bounds[-1], side="right"))
    return Shot(number, list(shares)[min(index, len(bounds) - 1)], seed * MOST + number)
