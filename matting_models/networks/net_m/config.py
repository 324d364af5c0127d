"""What a Net-M is built from."""

from dataclasses import dataclass
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.width import scaled


@dataclass(frozen=True, slots=True)
class NetMConfig:
    """Plain values, as in ``config.json``.

    Attributes:
        width: share of the paper's channel counts, above 0.
    """

    kind: ClassVar[str] = "net-m"
    width: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.width <= 4:
            raise InputError(f"width is {self.width}, expected above 0 and at most 4")

    def channels(self, printed: int) -> int:
        """A channel count of the paper at this width, a multiple of 8, at least 8."""
        return scaled(printed, self.width)
