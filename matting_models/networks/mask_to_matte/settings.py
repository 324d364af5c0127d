"""Settings of mask-to-matte's training."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.mask_to_matte.encoder_weights import PACKAGE
from matting_models.networks.mask_to_matte.view import STRIDE
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class MaskToMatteSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train mask-to-matte --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"encoder", "init"}
    """Where training starts from is in the checkpoint."""

    out: Path = field(
        default=Path("runs/mask-to-matte"), metadata=about("folder for weights, checkpoints, metrics, pictures")
    )
    iterations: int = field(default=60_000, metadata=about("optimiser steps"))
    batch_size: int = field(default=8, metadata=about("samples in one forward pass of one process"))
    side: int = field(default=192, metadata=about("side in pixels of the patches, a multiple of 32"))
    learning_rate: float = field(
        default=8e-4, metadata=about("of AdamW, 0.3 of it for the encoder; falls along a cosine to 2%%")
    )
    weight_decay: float = field(default=0.01, metadata=about("of AdamW"))
    warmup: int = field(default=150, metadata=about("iterations over which the learning rate rises to its full value"))
    encoder: str | None = field(
        default=None,
        metadata=about(
            f"ImageNet weights of EfficientNet-Lite0 to start the encoder from: a .pth file, or {PACKAGE} for those "
            "of the installed package of that name"
        ),
    )
    init: Path | None = field(default=None, metadata=about("folder of weights to start the whole network from"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.side < STRIDE or self.side % STRIDE:
            raise InputError(f"--side is {self.side}, expected a multiple of {STRIDE}")
        if self.encoder is not None and self.init is not None:
            raise InputError("--encoder and --init both say where to start from; give one of them")
        TrainSettings.check(self)  # super() does not work in a class with slots
