"""What an SMat is built from."""

from dataclasses import dataclass, fields, replace
from typing import ClassVar

from matting_models.errors import InputError

HEADS = 8
"""Of the cross-attention, whatever the backbone's size."""
SIDE, LONGEST = 490, 1560
"""The paper's: side in pixels of training inputs, and longer side of the photos it predicts."""


@dataclass(frozen=True, slots=True)
class SMatConfig:
    """Plain values, as in ``config.json``. The weights beside it hold the backbone too, since it is trained.

    Attributes:
        backbone: which weights training started from, ``NAME@DIGEST``.
        hidden_size, layers, heads, mlp_ratio: of the DINOv2.
        swiglu: whether its MLPs are gated, as in the giant.
        patch_size: in pixels.
        position_side: side in pixels of the square that its position embeddings are stored for.
        width: share of the paper's channels in the decoder, above 0.
        side: side in pixels of training inputs; lengths of prompts are in proportion.
        longest: photos both of whose sides are longer are scaled down until their longer side is this.
    """

    kind: ClassVar[str] = "smat"
    backbone: str
    hidden_size: int
    layers: int
    heads: int
    mlp_ratio: int
    swiglu: bool
    patch_size: int
    position_side: int
    width: float = 1.0
    side: int = SIDE
    longest: int = LONGEST

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            whole = isinstance(value, int) and not isinstance(value, bool)
            if each.type is int and not (whole and value >= 1):
                raise InputError(f"{each.name} is {value!r}, expected a whole number from 1 up")
        if not isinstance(self.width, int | float) or not 0 < self.width <= 4:
            raise InputError(f"width is {self.width!r}, expected above 0 and at most 4")
        if self.hidden_size % self.heads or self.hidden_size % HEADS:
            raise InputError(
                f"hidden_size is {self.hidden_size}, expected a multiple of {self.heads} heads, and of {HEADS}"
            )
        if self.side % self.patch_size or self.position_side % self.patch_size:
            odd = "side" if self.side % self.patch_size else "position_side"
            raise InputError(f"{odd} is {getattr(self, odd)}, expected a multiple of the patches' {self.patch_size}")

    def scaled(self, length: int) -> int:
        """A length in pixels that the paper means at its own training side; at least 1."""
        return max(1, round(length * self.side / SIDE))

    def same_sizes(self, other: "SMatConfig") -> bool:
        """Whether weights of one fit the other."""
        return replace(self, backbone="") == replace(other, backbone="")

    def same_backbone(self, other: "SMatConfig") -> bool:
        """Whether both began as the same weights, wherever those lay."""
        return self.backbone.rpartition("@")[2] == other.backbone.rpartition("@")[2]
