"""Every setting of a training run. Defaults are the paper's recipe (SEMat paper, section 5, and the authors' code)."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Literal

from matting_models.errors import InputError

RESUMABLE = frozenset(
    {
        "backbone",
        "out",
        "resume",
        "manifest",
        "images",
        "data",
        "iterations",
        "device",
        "gradient_checkpointing",
        "compile",
        "workers",
        "checkpoint_every",
        "keep_checkpoints",
        "log_every",
        "max_skipped",
    }
)
"""What may change between a stop and --resume: none of it shapes the result, but for the length of the run.

Places may change because what lies there is compared instead: backbone by digest, data by its rows.
"""


def _about(help: str) -> dict[str, str]:
    return {"help": help}


def _workers() -> int:
    return min(8, os.cpu_count() or 1)


@dataclass(slots=True)
class TrainSettings:
    """See the help of each field, or ``python -m matting_models.train semat --help``."""

    backbone: str | None = field(
        default=None,
        metadata=_about("SAM, HQ-SAM or SAM2: hub name, such as facebook/sam2.1-hiera-large, or local folder"),
    )
    out: Path = field(
        default=Path("runs/semat"),
        metadata=_about("folder for weights, checkpoints, metrics, pictures"),
    )
    manifest: Path | None = field(
        default=None, metadata=_about("folder of manifest parts that the labelling job wrote: OUT/manifest")
    )
    images: Path | None = field(default=None, metadata=_about("folder of the photos that the manifest names"))
    data: Path | None = field(
        default=None, metadata=_about("TOML file of several weighted sources, instead of --manifest and --images")
    )
    validation_fraction: float = field(
        default=0.02, metadata=_about("share of photos held out for validation, where no source is given")
    )
    validation_most: int = field(default=200, metadata=_about("at most so many validation samples"))
    resume: bool = field(
        default=False,
        metadata=_about("go on from the last checkpoint in --out; starts anew if there is none"),
    )

    iterations: int = field(default=60_000, metadata=_about("optimiser steps"))
    batch_size: int = field(default=2, metadata=_about("samples in one forward pass of one process"))
    gradient_accumulation: int = field(default=1, metadata=_about("forward passes per optimiser step"))
    learning_rate: float = field(
        default=5e-5,
        metadata=_about("of AdamW; half from the middle, a fifth from three quarters of the iterations on"),
    )
    weight_decay: float = field(default=0.1, metadata=_about("of AdamW; none on normalisation layers"))
    warmup: int = field(default=250, metadata=_about("iterations over which the learning rate rises to its full value"))
    lambda_reg: float = field(default=0.2, metadata=_about("weight of the regularisation loss"))
    lambda_trimap: float = field(default=0.05, metadata=_about("weight of the trimap loss"))
    seed: int = field(default=0, metadata=_about("of weights, sampling, augmentation and dropout"))

    lora_rank: int = field(default=16, metadata=_about("r of the adapters"))
    lora_alpha: int = field(default=16, metadata=_about("alpha of the adapters; the update is alpha / r B A"))
    lora_dropout: float = field(default=0.1, metadata=_about("on the adapters' inputs"))
    prompt_init: Literal["zero", "copied"] = field(
        default="zero",
        metadata=_about(
            "start of the prompt branch: zero keeps the backbone's features; copied is the authors' for SAM2"
        ),
    )
    prompt_dropout: float = field(
        default=0.1,
        metadata=_about(
            "share of samples whose box is kept out of the image encoder, so that images can be encoded once for many "
            "boxes; 0 is the paper's"
        ),
    )
    decoder_channels: list[int] = field(
        default_factory=lambda: [32, 64, 128, 256],
        metadata=_about("channels of the matting decoder's four down blocks"),
    )

    device: Literal["auto", "cpu", "cuda"] = field(
        default="auto", metadata=_about("auto takes the GPU when torch sees one")
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = field(
        default="auto", metadata=_about("auto is bf16 on a GPU that has it, else fp16; fp32 on the CPU")
    )
    gradient_checkpointing: bool = field(
        default=False,
        metadata=_about("recompute the encoder's activations: less memory, about a quarter slower"),
    )
    compile: bool = field(
        default=False,
        metadata=_about("torch.compile the encoder's blocks and the matting decoder; takes minutes first"),
    )
    workers: int = field(
        default_factory=_workers,
        metadata=_about("processes that load samples; 0 loads in this one"),
    )

    checkpoint_every: int = field(default=1000, metadata=_about("iterations between checkpoints"))
    validate_every: int = field(
        default=6000, metadata=_about("iterations between validations; each also writes a checkpoint")
    )
    keep_checkpoints: int = field(default=3, metadata=_about("how many checkpoints to keep, besides the best"))
    log_every: int = field(default=20, metadata=_about("iterations between rows of metrics.jsonl"))
    max_skipped: float = field(
        default=0.1, metadata=_about("share of samples that may be unusable before the run ends")
    )

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        for name in ("iterations", "batch_size", "gradient_accumulation", "lora_rank", "lora_alpha", "checkpoint_every",
                     "validate_every", "keep_checkpoints", "log_every", "validation_most"):  # fmt: skip
            _at_least(name, getattr(self, name), 1)
        for name in ("weight_decay", "warmup", "lambda_reg", "lambda_trimap", "workers", "seed"):
            _at_least(name, getattr(self, name), 0)
        if self.seed >= 2**32:
            raise InputError(f"--seed is {self.seed}, expected below 2^32")
        if not self.learning_rate > 0:
            raise InputError(f"{_flag('learning_rate')} is {self.learning_rate}, expected above 0")
        for name in ("prompt_dropout", "lora_dropout", "max_skipped", "validation_fraction"):
            value = getattr(self, name)
            if not 0 <= value < 1:
                raise InputError(f"{_flag(name)} is {value}, expected at least 0 and below 1")
        if len(self.decoder_channels) != 4 or min(self.decoder_channels) < 2:
            raise InputError(f"{_flag('decoder_channels')} is {self.decoder_channels}, expected four numbers from 2 up")
        if self.backbone is None:
            raise InputError("no backbone: give --backbone, a hub name or a local folder of SAM, HQ-SAM or SAM2")
        if (self.data is None) == (self.manifest is None):
            raise InputError("give either --manifest and --images, or --data")
        if self.manifest is not None and self.images is None:
            raise InputError(f"--manifest {self.manifest} needs --images, the folder of its photos")

    def to_json(self) -> str:
        """All settings, paths as text."""
        return json.dumps(asdict(self), indent=2, default=str) + "\n"

    def check_unchanged(self, file: Path) -> None:
        """Raise InputError if a setting that shapes the result differs from an earlier start's.

        Args:
            file: what ``to_json`` gave then.
        """
        try:
            before = json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            before = None
        if not isinstance(before, dict):
            raise InputError(f"{file} is damaged; delete it to resume with the settings of this command")
        now = json.loads(self.to_json())
        for setting in fields(self):
            name = setting.name
            if name in RESUMABLE or before.get(name, now[name]) == now[name]:
                continue
            raise InputError(
                f"{file} says {_flag(name)} {before[name]}, this command {now[name]}; resume with the same, "
                "or start another run with another --out"
            )


def _flag(name: str) -> str:
    return "--" + name.replace("_", "-")


def _at_least(name: str, value: float, least: float) -> None:
    if not value >= least:
        raise InputError(f"{_flag(name)} is {value}, expected at least {least}")
