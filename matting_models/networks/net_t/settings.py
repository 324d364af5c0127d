"""Settings of Net-T's training. Defaults are the paper's (section 4.1), or inferred (docs/decisions.md)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.net_t.config import NetTConfig
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class NetTSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train net-t --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone"}
    """What training started from is in the checkpoint."""

    backbone: str | None = field(
        default=None,
        metadata=about(
            "ImageNet weights to start the encoder from: hub name, such as microsoft/resnet-50, or local folder; "
            "random without"
        ),
    )
    out: Path = field(default=Path("runs/net-t"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    width: float = field(default=1.0, metadata=about("share of the paper's channels, each rounded to a multiple of 8"))
    side: int = field(
        default=512,
        metadata=about("side in pixels of the patches, a multiple of 32; erosions and the trimap's band go with it"),
    )
    coarse_share: float = field(
        default=0.0,
        metadata=about("share of segmentations coarse as people and networks draw masks; 0 is the paper's"),
    )
    iterations: int = field(default=129_300, metadata=about("optimiser steps"))
    batch_size: int = field(default=10, metadata=about("samples in one forward pass of one process"))
    learning_rate: float = field(
        default=1e-3, metadata=about("of SGD with momentum 0.9; falls as (1 - iteration / iterations) ^ 0.9")
    )
    weight_decay: float = field(default=1e-4, metadata=about("of SGD"))
    warmup: int = field(default=0, metadata=about("iterations over which the learning rate rises to its full value"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if not 0 <= self.coarse_share <= 1:
            raise InputError(f"--coarse-share is {self.coarse_share}, expected 0 to 1")
        self.config()
        TrainSettings.check(self)  # super() does not work in a class with slots

    def config(self) -> NetTConfig:
        """The network's sizes.

        Raises:
            InputError: a number out of range.
        """
        try:
            return NetTConfig(self.width, self.side)
        except ValueError as error:
            raise InputError(f"--{error}") from error
