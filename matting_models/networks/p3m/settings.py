"""Settings of P3M-Net's training. Defaults are those of the authors' code."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from matting_models.errors import InputError
from matting_models.networks.p3m.config import LEAST_SIDE, SIDE, STRIDE, P3MConfig
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class P3MSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train p3m --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone"}
    """What training started from is in the checkpoint."""

    data: Path | None = field(
        default=None,
        metadata=about(
            "what flows.refmatte wrote, RefMatte itself, or a TOML file of several weighted sources; instead of "
            "--manifest and --images"
        ),
    )
    backbone: str | None = field(
        default=None,
        metadata=about(
            "ImageNet weights to start the encoder from: hub name, such as microsoft/resnet-34, or local folder; "
            "random without"
        ),
    )
    out: Path = field(default=Path("runs/p3m"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    iterations: int = field(
        default=176_644, metadata=about("optimiser steps; the default is the authors' 150 epochs of P3M-10k")
    )
    batch_size: int = field(default=8, metadata=about("samples in one forward pass of one process"))
    side: int = field(
        default=SIDE, metadata=about("side in pixels that crops are brought to, a multiple of 32; they go with it")
    )
    width: float = field(default=1.0, metadata=about("share of the paper's channels; 0.25 trains on two cores"))
    learning_rate: float = field(default=1e-5, metadata=about("of Adam; stays as it is"))
    weight_decay: float = field(default=0.0, metadata=about("of Adam"))
    warmup: int = field(default=0, metadata=about("iterations over which the learning rate rises to its full value"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.side < LEAST_SIDE or self.side % STRIDE:
            raise InputError(f"--side is {self.side}, expected a multiple of {STRIDE} from {LEAST_SIDE} up")
        P3MConfig(self.width)
        TrainSettings.check(self)  # super() does not work in a class with slots

    @property
    def described(self) -> Literal["expression"]:
        """See ``TrainSettings``: the texts are not read, and every entity has expressions."""
        return "expression"
