"""Settings of IconMatting's training. Defaults are the authors', who do not tell how long they trained."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.icon.config import IconConfig
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class IconSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train icon --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"init", "backbone"}
    """Where training starts from is in the checkpoint; the backbone is compared by its weights."""

    out: Path = field(default=Path("runs/icon"), metadata=about("folder for weights, checkpoints, metrics, pictures"))
    backbone: str | None = field(
        default=None, metadata=about("Stable Diffusion 1 or 2: hub name or local folder as diffusers writes it")
    )
    iterations: int = field(default=40_000, metadata=about("optimiser steps"))
    batch_size: int = field(default=4, metadata=about("samples in one forward pass of one process"))
    side: int = field(
        default=768, metadata=about("side in pixels of the squares, a multiple of 64; the backbone's own")
    )
    width: float = field(default=1.0, metadata=about("share of the authors' channels; 0.25 trains on two cores"))
    timestep: int = field(default=200, metadata=about("of the noise that features are read at, 0 to 999"))
    ensemble: int = field(default=4, metadata=about("noises that features are averaged over"))
    learning_rate: float = field(default=4e-4, metadata=about("of Adam, after the warm-up"))
    weight_decay: float = field(default=0.0, metadata=about("of Adam"))
    warmup: int = field(default=250, metadata=about("iterations over which the learning rate rises to its full value"))
    init: Path | None = field(default=None, metadata=about("folder of weights on the same backbone to start from"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.backbone is None:
            raise InputError("--backbone is missing: a Stable Diffusion model, hub name or local folder")
        if self.manifest is not None:
            raise InputError('icon trains from --data: a recipe whose sources are of kind "in-context"')
        IconConfig(self.backbone, "", 1, 1, self.side, self.width, self.timestep, self.ensemble)
        TrainSettings.check(self)  # super() does not work in a class with slots
