"""What a P3M-Net is built from."""

from dataclasses import dataclass
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.width import scaled

STRIDE = 32
"""Sides of what the network takes are multiples of it."""
SIDE = 512
"""Pixels that crops are resized to in the authors' training."""
LEAST_SIDE = 64
"""Of the loss's pyramid."""


@dataclass(frozen=True, slots=True)
class P3MConfig:
    """Plain values, as in ``config.json``.

    Attributes:
        width: share of the paper's channels, above 0.
    """

    kind: ClassVar[str] = "p3m"
    width: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.width, int | float) or not 0 < self.width <= 4:
            raise InputError(f"width is {self.width!r}, expected above 0 and at most 4")

    def channels(self, printed: int) -> int:
        """A channel count of the paper at this width, a multiple of 8, at least 8."""
        return scaled(printed, self.width)
