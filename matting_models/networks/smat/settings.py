"""Settings of SMat's training. Defaults are the paper's recipe (supplement, and the authors' configuration)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.smat.config import LONGEST, SIDE
from matting_models.training.settings import TrainSettings, about, at_least

LEAST_SIDE = 64
"""Of the loss's pyramid."""


@dataclass(slots=True, kw_only=True)
class SMatSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train smat --help``."""

    # The backbone is compared by its digest.
    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone"}

    backbone: str | None = field(
        default=None, metadata=about("DINOv2: hub name, such as facebook/dinov2-small, or local folder")
    )
    out: Path = field(default=Path("runs/smat"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    iterations: int = field(default=58_584, metadata=about("optimiser steps"))
    batch_size: int = field(default=16, metadata=about("samples in one forward pass of one process"))
    side: int = field(default=SIDE, metadata=about("side in pixels of training inputs, a multiple of the patches'"))
    longest: int = field(
        default=LONGEST,
        metadata=about("photos both of whose sides are longer are matted at this on their longer side"),
    )
    width: float = field(default=1.0, metadata=about("share of the paper's channels in the decoder"))
    learning_rate: float = field(
        default=5e-4, metadata=about("of AdamW; a tenth from 0.3, a twentieth from 0.6 of the iterations on")
    )
    layer_decay: float = field(
        default=0.01,
        metadata=about("a block's learning rate over the next one's: 0.01 keeps DINOv2 as it is, 1 trains all of it"),
    )
    weight_decay: float = field(default=0.1, metadata=about("of AdamW; none on normalisation layers"))
    warmup: int = field(default=500, metadata=about("iterations over which the learning rate rises to its full value"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        at_least("side", self.side, LEAST_SIDE)
        at_least("longest", self.longest, self.side)
        if not 0 < self.layer_decay <= 1:
            raise InputError(f"--layer-decay is {self.layer_decay}, expected above 0 and at most 1")
        if self.backbone is None:
            raise InputError("no backbone: give --backbone, a hub name or a local folder of DINOv2")
        TrainSettings.check(self)  # super() does not work in a class with slots
