"""Settings of the joint training."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.training.settings import TrainSettings, about, at_least


@dataclass(slots=True, kw_only=True)
class JointSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train joint --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"net_t", "net_m", "backgrounds"}
    """Where training starts from is in the checkpoint."""

    net_t: Path = field(metadata=about("folder that training net-t wrote"))
    net_m: Path = field(metadata=about("folder that training net-m wrote"))
    teacher: Path | None = field(
        default=None,
        metadata=about("folder of the Net-M that makes the pseudo mattes, best one trained on people; default --net-m"),
    )
    backgrounds: Path | None = field(
        default=None,
        metadata=about("folder of photos that what is cut out is put on; default other photos of the batch"),
    )
    out: Path = field(default=Path("runs/joint"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    iterations: int = field(default=100_000, metadata=about("optimiser steps"))
    batch_size: int = field(default=6, metadata=about("samples in one forward pass of one process, at least 2"))
    learning_rate: float = field(default=4e-5, metadata=about("of Adam for Net-M"))
    net_t_rate: float = field(default=1e-4, metadata=about("of Adam for Net-T"))
    discriminator_rate: float = field(default=1e-5, metadata=about("of Adam for the discriminator"))
    discriminator_every: int = field(default=5, metadata=about("iterations to a step of the discriminator"))
    weight_decay: float = field(default=0.0, metadata=about("of Adam"))
    warmup: int = field(default=0, metadata=about("iterations over which the learning rates rise to their full value"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.batch_size < 2 and self.backgrounds is None:
            raise InputError("--batch-size is 1: there is no other photo for a background; give --backgrounds")
        at_least("discriminator_every", self.discriminator_every, 1)
        for name in ("net_t_rate", "discriminator_rate"):
            if not getattr(self, name) > 0:
                raise InputError(f"--{name.replace('_', '-')} is {getattr(self, name)}, expected above 0")
        TrainSettings.check(self)  # super() does not work in a class with slots
