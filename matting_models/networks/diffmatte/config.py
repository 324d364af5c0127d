"""What a DiffMatte is built from."""

from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from matting_models.errors import InputError
from matting_models.networks.width import scaled

EncoderName = Literal["vit-s", "vit-b", "swin-t", "res34"]

HEADS: dict[EncoderName, int] = {"vit-s": 6, "vit-b": 12}
"""Of attention, in the encoders that are plain transformers."""
HEAD = 64
"""Channels of such a head at width 1."""
SWIN_HEADS = 3
"""Of the Swin encoder's first stage; each further one has twice as many."""
SWIN_HEAD = 32
PATCH = 16


@dataclass(frozen=True, slots=True)
class DiffMatteConfig:
    """Plain values, as in ``config.json``.

    Attributes:
        encoder: which network sees photo and trimap.
        width: share of the authors' channel counts, above 0.
        side: in pixels, of the pictures that the relative positions of a plain transformer were trained with; other
            encoders have none.
        steps: of the sampler.
        seed: of the noise that every matte starts from.
    """

    kind: ClassVar[str] = "diffmatte"
    encoder: EncoderName = "vit-s"
    width: float = 1.0
    side: int = 512
    steps: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        if self.encoder not in get_args(EncoderName):
            raise InputError(f"encoder is {self.encoder!r}, expected one of {', '.join(get_args(EncoderName))}")
        if not 0 < self.width <= 4:
            raise InputError(f"width is {self.width}, expected above 0 and at most 4")
        if self.side < PATCH or self.side % PATCH:
            raise InputError(f"side is {self.side}, expected a multiple of {PATCH}")
        if self.steps < 1:
            raise InputError(f"steps is {self.steps}, expected at least 1")
        if self.seed < 0:
            raise InputError(f"seed is {self.seed}, expected at least 0")

    @property
    def is_transformer(self) -> bool:
        """Whether the encoder is a plain vision transformer, whose features have stride 16; others' have 32."""
        return self.encoder in HEADS

    @property
    def features(self) -> int:
        """Channels that the encoder gives."""
        if self.is_transformer:
            return HEADS[self.encoder] * self._head(HEAD)
        return 8 * self.swin_channels if self.encoder == "swin-t" else self.channels(512)

    @property
    def swin_channels(self) -> int:
        """Of the Swin encoder's first stage."""
        return SWIN_HEADS * self._head(SWIN_HEAD)

    def channels(self, published: int) -> int:
        """A channel count of the authors' convolutions at this width, a multiple of 8, at least 8."""
        return scaled(published, self.width)

    def _head(self, published: int) -> int:
        return max(1, round(published * self.width))
