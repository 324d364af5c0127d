"""Settings of CLIPMat's training. Defaults are the paper's recipe for ViT-B/16 (supplement, section 4.1)."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from matting_models.errors import InputError
from matting_models.networks.clipmat.config import LEAST_SIDE, PATCH, SIDE, Setting
from matting_models.training.settings import TrainSettings, about, flag


@dataclass(slots=True, kw_only=True)
class CLIPMatSettings(TrainSettings):
    """See the help of each field, or ``python -m matting_models.train clipmat --help``."""

    # The backbone is compared by its digest.
    resumable: ClassVar[frozenset[str]] = TrainSettings.resumable | {"backbone"}

    data: Path | None = field(
        default=None,
        metadata=about("what flows.refmatte wrote, RefMatte itself, or a TOML file of several weighted sources"),
    )
    backbone: str | None = field(
        default=None,
        metadata=about("CLIP with its tokenizer: hub name, such as openai/clip-vit-base-patch16, or local folder"),
    )
    setting: Setting = field(
        default="expression",
        metadata=about("keyword: names of categories, at most 12 tokens; expression: sentences, at most 67"),
    )
    out: Path = field(
        default=Path("runs/clipmat"), metadata=about("folder for weights, checkpoints, metrics, pictures")
    )
    iterations: int = field(
        default=468_775,
        metadata=about(
            "optimiser steps; the default is 50 epochs of RefMatte's expressions, 324,371 are of its keywords"
        ),
    )
    batch_size: int = field(default=12, metadata=about("samples in one forward pass of one process; ViT-L/14: 4"))
    side: int = field(default=SIDE, metadata=about("side in pixels of the squares, a multiple of 16"))
    width: float = field(default=1.0, metadata=about("share of the paper's channels outside CLIP"))
    learning_rate: float = field(default=1e-4, metadata=about("of AdamW, of all but CLIP; stays as it is"))
    image_rate: float = field(default=1e-6, metadata=about("the same of CLIP's image tower"))
    text_rate: float = field(default=1e-7, metadata=about("the same of its text tower; ViT-L/14: 1e-6"))
    freeze: bool = field(default=False, metadata=about("keep both towers as they are"))
    weight_decay: float = field(default=0.0, metadata=about("of AdamW"))
    warmup: int = field(default=0, metadata=about("iterations over which the learning rates rise to their full values"))

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        if self.side < LEAST_SIDE or self.side % PATCH:
            raise InputError(f"--side is {self.side}, expected a multiple of {PATCH} from {LEAST_SIDE} up")
        for name in ("image_rate", "text_rate"):
            if not getattr(self, name) > 0:
                raise InputError(
                    f"{flag(name)} is {getattr(self, name)}, expected above 0; --freeze trains neither tower"
                )
        if self.backbone is None:
            raise InputError("no backbone: give --backbone, a hub name or a local folder of CLIP")
        if self.manifest is not None:
            raise InputError("clipmat trains from --data: the folder that flows.refmatte wrote, or a recipe")
        TrainSettings.check(self)  # super() does not work in a class with slots

    @property
    def described(self) -> Setting:
        """See ``TrainSettings``."""
        return self.setting
