"""Settings of Net-M's training. Defaults are the paper's recipe."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.network import STRIDE
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class NetMSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train net-m --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"init"}
    """Where training starts from is in the checkpoint."""

    out: Path = field(default=Path("runs/net-m"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    iterations: int = field(default=400_000, metadata=about("optimiser steps"))
    batch_size: int = field(default=20, metadata=about("samples in one forward pass of one process"))
    side: int = field(default=512, metadata=about("side in pixels of the crops, a multiple of 32"))
    width: float = field(default=1.0, metadata=about("share of the paper's channels; 0.25 trains on two cores"))
    learning_rate: float = field(default=4e-4, metadata=about("of Adam, at its highest; falls along a cosine to 0"))
    weight_decay: float = field(default=0.0, metadata=about("of Adam"))
    warmup: int = field(default=5000, metadata=about("iterations over which the learning rate rises to its full value"))
    init: Path | None = field(default=None, metadata=about("folder of weights of the same width to start from"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.side < STRIDE or self.side % STRIDE:
            raise InputError(f"--side is {self.side}, expected a multiple of {STRIDE}")
        NetMConfig(self.width)
        TrainSettings.check(self)  # super() does not work in a class with slots
