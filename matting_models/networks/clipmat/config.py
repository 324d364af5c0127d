"""What a CLIPMat is built from."""

from dataclasses import dataclass, fields, replace
from typing import ClassVar, Literal

from matting_models.errors import InputError

Setting = Literal["keyword", "expression"]
LENGTHS: dict[str, int] = {"keyword": 14, "expression": 69}
"""Tokens of a text by setting, with its start and its end (Table 11)."""
CONTEXT = 8
"""Learnable tokens beside them."""
PATCH = 16
"""Pixels of a patch, whatever the backbone's own."""
GROUPS = 4
"""Groups of blocks of the image tower, after each of which details are read."""
SIDE = 512
LEAST_SIDE = 64
"""Of the loss's pyramid."""


@dataclass(frozen=True, slots=True)
class CLIPMatConfig:
    """Plain values, as in ``config.json``. The weights beside it hold both towers too, since they are trained.

    Attributes:
        backbone: which weights training started from, ``NAME@DIGEST``.
        hidden_size, layers, heads, mlp: of the image tower.
        text_size, text_layers, text_heads, text_mlp: of the text tower.
        vocabulary: tokens that it knows.
        positions: tokens that it has positions for.
        end: number of the token that ends a text.
        activation: of both towers' MLPs.
        setting: whether texts are keywords or expressions, which says how long they may be.
        width: share of the paper's channels outside the towers, above 0.
        side: side in pixels of the squares that photos are resized to.
    """

    kind: ClassVar[str] = "clipmat"
    backbone: str
    hidden_size: int
    layers: int
    heads: int
    mlp: int
    text_size: int
    text_layers: int
    text_heads: int
    text_mlp: int
    vocabulary: int
    positions: int
    end: int
    activation: str
    setting: Setting = "expression"
    width: float = 1.0
    side: int = SIDE

    def __post_init__(self) -> None:
        for each in fields(self):
            value, least = getattr(self, each.name), 0 if each.name == "end" else 1
            whole = isinstance(value, int) and not isinstance(value, bool)
            if each.type is int and not (whole and value >= least):
                raise InputError(f"{each.name} is {value!r}, expected a whole number from {least} up")
        if not isinstance(self.width, int | float) or not 0 < self.width <= 4:
            raise InputError(f"width is {self.width!r}, expected above 0 and at most 4")
        if self.setting not in LENGTHS:
            raise InputError(f"setting is {self.setting!r}, expected {' or '.join(LENGTHS)}")
        if self.side < LEAST_SIDE or self.side % PATCH:
            raise InputError(f"side is {self.side}, expected a multiple of {PATCH} from {LEAST_SIDE} up")
        if self.layers % GROUPS:
            raise InputError(f"layers is {self.layers}, expected a multiple of {GROUPS}")
        if self.positions < self.length + CONTEXT:
            raise InputError(
                f"the text tower has {self.positions} positions, expected at least {self.length + CONTEXT} in the "
                f"{self.setting} setting"
            )

    @property
    def length(self) -> int:
        """Tokens of a text, with its start and its end."""
        return LENGTHS[self.setting]

    def same_sizes(self, other: "CLIPMatConfig") -> bool:
        """Whether weights of one fit the other, and mean the same there."""
        return replace(self, backbone="") == replace(other, backbone="")

    def same_backbone(self, other: "CLIPMatConfig") -> bool:
        """Whether both began as the same weights, wherever those lay."""
        return self.backbone.rpartition("@")[2] == other.backbone.rpartition("@")[2]
