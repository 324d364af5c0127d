"""What a Net-T is made of, as it stands in ``config.json`` beside its weights."""

from dataclasses import dataclass
from typing import ClassVar

STRIDE = 32
"""Sides of what the network takes are multiples of it."""
PAPER_SIDE = 512
"""Side in pixels at which the paper's erosions and dilations are meant."""


@dataclass(frozen=True, slots=True)
class NetTConfig:
    """Sizes of a Net-T.

    Attributes:
        width: share of the paper's channels, each rounded to a multiple of 8; 1 is the paper's network.
        side: in pixels of what it was trained on; longer side of what it sees in prediction.

    Raises:
        ValueError: a number out of range.
    """

    kind: ClassVar[str] = "net-t"
    width: float = 1.0
    side: int = PAPER_SIDE

    def __post_init__(self) -> None:
        if not 0 < self.width <= 4:
            raise ValueError(f"width is {self.width}, expected above 0 and at most 4")
        if self.side < STRIDE or self.side % STRIDE:
            raise ValueError(f"side is {self.side}, expected a multiple of {STRIDE}")
