"""Settings of SEMat's training. Defaults are the paper's recipe (SEMat paper, section 5, and the authors' code)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Literal

from matting_models.errors import InputError
from matting_models.training.settings import TrainSettings, a_share, about, at_least, flag


@dataclass(slots=True, kw_only=True)
class SEMatSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train semat --help``."""

    # The backbone is compared by its digest.
    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone", "gradient_checkpointing"}

    backbone: str | None = field(
        default=None,
        metadata=about("SAM, HQ-SAM or SAM2: hub name, such as facebook/sam2.1-hiera-large, or local folder"),
    )
    out: Path = field(
        default=Path("runs/semat"),
        metadata=about("folder for weights, checkpoints, metrics, pictures"),
    )
    iterations: int = field(default=60_000, metadata=about("optimiser steps"))
    batch_size: int = field(default=2, metadata=about("samples in one forward pass of one process"))
    learning_rate: float = field(
        default=5e-5,
        metadata=about("of AdamW; half from the middle, a fifth from three quarters of the iterations on"),
    )
    weight_decay: float = field(default=0.1, metadata=about("of AdamW; none on normalisation layers"))
    warmup: int = field(default=250, metadata=about("iterations over which the learning rate rises to its full value"))
    lambda_reg: float = field(default=0.2, metadata=about("weight of the regularisation loss"))
    lambda_trimap: float = field(default=0.05, metadata=about("weight of the trimap loss"))

    architecture: Literal["paper", "released"] = field(
        default="paper",
        metadata=about("the paper's, or that of the authors' code and released weights; docs/decisions.md"),
    )
    lora_rank: int = field(default=16, metadata=about("r of the adapters"))
    lora_alpha: int = field(default=16, metadata=about("alpha of the adapters; the update is alpha / r B A"))
    lora_dropout: float = field(default=0.1, metadata=about("on the adapters' inputs"))
    prompt_init: Literal["zero", "copied"] = field(
        default="zero",
        metadata=about(
            "start of the prompt branch: zero keeps the backbone's features; copied is the authors' for SAM2"
        ),
    )
    prompt_dropout: float = field(
        default=0.1,
        metadata=about(
            "share of samples whose box is kept out of the image encoder, so that images can be encoded once for many "
            "boxes; 0 is the paper's"
        ),
    )
    decoder_channels: list[int] = field(
        default_factory=lambda: [32, 64, 128, 256],
        metadata=about("channels of the matting decoder's four down blocks"),
    )
    gradient_checkpointing: bool = field(
        default=False,
        metadata=about("recompute the encoder's activations: less memory, about a quarter slower"),
    )
    compile: bool = field(
        default=False,
        metadata=about("torch.compile the encoder's blocks and the matting decoder; takes minutes first"),
    )

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        for name in ("lora_rank", "lora_alpha"):
            at_least(name, getattr(self, name), 1)
        for name in ("lambda_reg", "lambda_trimap"):
            at_least(name, getattr(self, name), 0)
        for name in ("prompt_dropout", "lora_dropout"):
            a_share(name, getattr(self, name))
        if len(self.decoder_channels) != 4 or min(self.decoder_channels) < 2:
            raise InputError(f"{flag('decoder_channels')} is {self.decoder_channels}, expected four numbers from 2 up")
        if self.backbone is None:
            raise InputError("no backbone: give --backbone, a hub name or a local folder of SAM, HQ-SAM or SAM2")
        TrainSettings.check(self)  # super() does not work in a class with slots
