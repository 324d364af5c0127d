"""Settings of DiffMatte's training. Defaults are the authors' recipe for ViT-S."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.diffmatte.config import HEADS, DiffMatteConfig, EncoderName
from matting_models.networks.diffmatte.network import STRIDE
from matting_models.training.settings import TrainSettings, about


@dataclass(slots=True, kw_only=True)
class DiffMatteSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train diffmatte --help``."""

    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone", "init"}
    """Where training starts from is in the checkpoint."""

    encoder: EncoderName = field(default="vit-s", metadata=about("what sees photo and trimap"))
    width: float = field(default=1.0, metadata=about("share of the authors' channels; 0.25 trains on two cores"))
    out: Path = field(
        default=Path("runs/diffmatte"), metadata=about("folder for weights, checkpoints, metrics, pictures")
    )
    iterations: int = field(
        default=202_000, metadata=about("optimiser steps; 150 epochs of the authors, who take 170 for vit-b")
    )
    batch_size: int = field(default=16, metadata=about("samples in one forward pass of one process; theirs were two"))
    side: int = field(default=512, metadata=about("side in pixels of the crops, a multiple of 32"))
    learning_rate: float = field(
        default=5e-5,
        metadata=about("of AdamW, at its highest; falls in steps; 2.5e-4 for vit-b, 4e-4 for swin-t and res34"),
    )
    weight_decay: float = field(default=0.1, metadata=about("of AdamW; none on normalisation and positions"))
    warmup: int = field(default=250, metadata=about("iterations over which the learning rate rises to its full value"))
    self_align: float = field(
        default=2 / 3,
        metadata=about("share of the iterations after which the self-aligned strategy begins; 0.47 for vit-b, 1 never"),
    )
    steps: int = field(default=10, metadata=about("of the sampler, in validation and afterwards"))
    backbone: Path | None = field(
        default=None,
        metadata=about(
            "plain ViT to start from: DINO's dino_deitsmall16_pretrain.pth for vit-s, MAE's mae_pretrain_vit_base.pth "
            "for vit-b"
        ),
    )
    init: Path | None = field(default=None, metadata=about("folder of weights of the same network to start from"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.side < STRIDE or self.side % STRIDE:
            raise InputError(f"--side is {self.side}, expected a multiple of {STRIDE}")
        if not 0 <= self.self_align <= 1:
            raise InputError(f"--self-align is {self.self_align}, expected 0 to 1")
        if self.backbone is not None and self.encoder not in HEADS:
            raise InputError(f"--backbone starts {' and '.join(HEADS)}; --encoder is {self.encoder}")
        if self.backbone is not None and self.init is not None:
            raise InputError("--backbone and --init both say where to start from; give one of them")
        self.config()
        TrainSettings.check(self)  # super() does not work in a class with slots

    def config(self) -> DiffMatteConfig:
        """Of the network that is trained."""
        return DiffMatteConfig(self.encoder, self.width, self.side, self.steps)
