"""Random choices of one foreground."""

import math
from collections.abc import Sequence
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw:
    """Choices that follow from a foreground's seed alone.

    Args:
        seed: of the foreground.
        kind: its name, so that kinds with the same seed have other draws.
    """

    def __init__(self, seed: int, kind: str) -> None:
        self.rng = np.random.default_rng([seed, *kind.encode()])

    def between(self, low: float, high: float) -> float:
        """A number, all equally likely."""
        return float(self.rng.uniform(low, high))

    def scale(self, low: float, high: float) -> float:
        """A positive number, all orders of magnitude equally likely."""
        return math.exp(self.between(math.log(low), math.log(high)))

    def whole(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return int(self.rng.integers(low, high + 1))

    def chance(self, probability: float) -> bool:
        """True this often."""
        return bool(self.rng.random() < probability)

    def one(self, options: Sequence[T]) -> T:
        """One of them; what is listed twice is taken twice as often."""
        return options[int(self.rng.integers(len(options)))]
