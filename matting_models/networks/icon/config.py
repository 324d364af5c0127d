"""What an IconMatting network is made of, as it stands in ``config.json`` beside the trained weights."""

import warnings
from dataclasses import dataclass
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.width import scaled

STRIDE = 64
"""Sides are multiples of this: 8 of the autoencoder, 8 of the U-Net."""
COARSE, FINE = 32, 16
"""Pixels of a cell of the two scales that features and attention are read at."""
TIMESTEPS = 1000
"""Of Stable Diffusion."""


@dataclass(frozen=True, slots=True)
class IconConfig:
    """Plain values.

    Attributes:
        backbone: hub name or local folder of the Stable Diffusion model.
        backbone_revision: which weights those were, ``<name>@<digest or commit>``; checked on loading.
        coarse_channels, fine_channels: of its features at 1/32 and 1/16 of the input.
        side: of the square input in pixels, a multiple of 64; the weights fit no other.
        width: share of the authors' channel counts, above 0.
        timestep: how far the picture is on its way to noise when features are read, 0 to 999.
        ensemble: over how many noises they are averaged.
    """

    kind: ClassVar[str] = "icon"
    backbone: str
    backbone_revision: str
    coarse_channels: int
    fine_channels: int
    side: int = 768
    width: float = 1.0
    timestep: int = 200
    ensemble: int = 4

    def __post_init__(self) -> None:
        if self.side < STRIDE or self.side % STRIDE:
            raise InputError(f"side is {self.side}, expected a multiple of {STRIDE}")
        if not 0 < self.width <= 4:
            raise InputError(f"width is {self.width}, expected above 0 and at most 4")
        if not 0 <= self.timestep < TIMESTEPS:
            raise InputError(f"timestep is {self.timestep}, expected 0 to {TIMESTEPS - 1}")
        for name in ("ensemble", "coarse_channels", "fine_channels"):
            if getattr(self, name) < 1:
                raise InputError(f"{name} is {getattr(self, name)}, expected at least 1")

    def channels(self, published: int) -> int:
        """A channel count of the authors at this width, a multiple of 8, at least 8."""
        return scaled(published, self.width)

    @property
    def grids(self) -> tuple[int, int]:
        """Cells along a side at the coarse and the fine scale."""
        return self.side // COARSE, self.side // FINE

    def check_backbone(self, weights: str, revision: str, channels: tuple[int, int]) -> None:
        """Raise InputError unless a backbone is the one that these weights were trained on.

        Args:
            weights: where they are, for the message.
            revision, channels: of the backbone at hand, coarse and fine.
        """
        (name_then, _, then), (name_now, _, now) = self.backbone_revision.rpartition("@"), revision.rpartition("@")
        # A folder is known by its digest, a hub name (it has a slash) by its commit: one cannot be told by the other.
        untold = ("/" in name_then) != ("/" in name_now)
        if channels != (self.coarse_channels, self.fine_channels) or (then != now and not untold):
            raise InputError(f"{weights} was trained on backbone {self.backbone_revision}, this one is {revision}")
        if untold:
            warnings.warn(
                f"{weights} was trained on backbone {self.backbone_revision}, and whether {revision} is the same "
                "cannot be told",
                stacklevel=2,
            )
