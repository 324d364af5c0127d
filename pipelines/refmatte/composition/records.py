"""What goes into a composition and comes out of it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pipelines.refmatte.records import Fact, Group, Position

Arrangement = Literal["horizontal", "vertical", "depth"]
Rgb = NDArray[np.uint8]
"""(h, w, 3) uint8."""
Alpha = NDArray[np.uint8]
"""(h, w) uint8, 0 to 255."""


@dataclass(frozen=True, slots=True)
class Layer:
    """An entity's pixels, cropped to what its alpha covers.

    Attributes:
        colours: (h, w, 3) uint8 RGB of the foreground alone, not multiplied with alpha.
        alpha: (h, w) uint8.
        group, category: for its size beside others.
    """

    colours: Rgb
    alpha: Alpha
    group: Group
    category: str


@dataclass(frozen=True, slots=True)
class Composed:
    """A composed image and what is true of it; numbers are 1, 2, 3 in the order of the layers.

    Attributes:
        image: (H, W, 3) uint8 RGB.
        alphas: (H, W) uint8 per layer, what is visible of it; at no pixel do they add up to more than 255.
        facts, possible_facts, positions, possible_positions: as of ``Scene``.
    """

    image: Rgb
    alphas: list[Alpha]
    facts: frozenset[Fact]
    possible_facts: frozenset[Fact]
    positions: frozenset[tuple[int, Position]]
    possible_positions: frozenset[tuple[int, Position]]


class CompositionFailed(Exception):
    """Layers that cannot be composed as wanted.

    Attributes:
        reason: ``background_too_small``; ``cut``: sides at which pictures end cannot all lie on the image's border;
            ``occluded``: too little of an entity would be visible; ``too_small``: an entity would be too small;
            ``unrelated``: no place was found at which the relation is plainly true.
        detail: a sentence with what was found and what was expected.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
