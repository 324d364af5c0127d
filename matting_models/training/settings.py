"""The settings that every training run has; a network adds its own."""

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import ClassVar, Literal

from matting_models.errors import InputError
from pipelines.review.selection import Reviewed


def about(help: str) -> dict[str, str]:
    """A field's metadata: what ``--help`` says of it."""
    return {"help": help}


def _workers() -> int:
    return min(8, os.cpu_count() or 1)


@dataclass(slots=True, kw_only=True)
class TrainSettings:
    """See the help of each field. A network's own settings give defaults to those that have none here."""

    resumable: ClassVar[frozenset[str]] = frozenset(
        {
            "out",
            "resume",
            "manifest",
            "images",
            "reviewed",
            "data",
            "iterations",
            "device",
            "compile",
            "workers",
            "checkpoint_every",
            "keep_checkpoints",
            "log_every",
            "max_skipped",
        }
    )
    """What may change between a stop and --resume: none of it shapes the result, but for the length of the run.

    Places may change because what lies there is compared instead: data by its rows.
    """

    out: Path = field(metadata=about("folder for weights, checkpoints, metrics, pictures"))
    manifest: Path | None = field(
        default=None, metadata=about("folder of manifest parts that the labelling job wrote: OUT/manifest")
    )
    images: Path | None = field(default=None, metadata=about("folder of the photos that the manifest names"))
    reviewed: Reviewed = field(
        default="all",
        metadata=about("which mattes of --manifest, by people's reviews; what they mended is preferred in each"),
    )
    data: Path | None = field(
        default=None, metadata=about("TOML file of several weighted sources, instead of --manifest and --images")
    )
    validation_fraction: float = field(
        default=0.02, metadata=about("share of photos held out for validation, where no source is given")
    )
    validation_most: int = field(default=200, metadata=about("at most so many validation samples"))
    resume: bool = field(
        default=False,
        metadata=about("go on from the last checkpoint in --out; starts anew if there is none"),
    )

    iterations: int = field(metadata=about("optimiser steps"))
    batch_size: int = field(metadata=about("samples in one forward pass of one process"))
    gradient_accumulation: int = field(default=1, metadata=about("forward passes per optimiser step"))
    learning_rate: float = field(metadata=about("of AdamW, at its highest"))
    weight_decay: float = field(metadata=about("of AdamW"))
    warmup: int = field(metadata=about("iterations over which the learning rate rises to its full value"))
    seed: int = field(default=0, metadata=about("of weights, sampling, augmentation and dropout"))

    device: Literal["auto", "cpu", "cuda"] = field(
        default="auto", metadata=about("auto takes the GPU when torch sees one")
    )
    precision: Literal["auto", "fp32", "bf16", "fp16"] = field(
        default="auto", metadata=about("auto is bf16 on a GPU that has it, else fp16; fp32 on the CPU")
    )
    compile: bool = field(default=False, metadata=about("torch.compile the network; takes minutes first"))
    workers: int = field(
        default_factory=_workers,
        metadata=about("processes that load samples; 0 loads in this one"),
    )

    checkpoint_every: int = field(default=1000, metadata=about("iterations between checkpoints"))
    validate_every: int = field(
        default=6000, metadata=about("iterations between validations; each also writes a checkpoint")
    )
    keep_checkpoints: int = field(default=3, metadata=about("how many checkpoints to keep, besides the best"))
    log_every: int = field(default=20, metadata=about("iterations between rows of metrics.jsonl"))
    max_skipped: float = field(default=0.1, metadata=about("share of samples that may be unusable before the run ends"))

    @property
    def described(self) -> Literal["keyword", "expression"] | None:
        """Which texts the network learns from, so that --data may be a folder of them; None where from none."""
        return None

    def check(self) -> None:
        """Raise InputError for a number out of range or a contradiction."""
        for name in ("iterations", "batch_size", "gradient_accumulation", "checkpoint_every", "validate_every",
                     "keep_checkpoints", "log_every", "validation_most"):  # fmt: skip
            at_least(name, getattr(self, name), 1)
        for name in ("weight_decay", "warmup", "workers", "seed"):
            at_least(name, getattr(self, name), 0)
        if self.seed >= 2**32:
            raise InputError(f"--seed is {self.seed}, expected below 2^32")
        if not self.learning_rate > 0:
            raise InputError(f"--learning-rate is {self.learning_rate}, expected above 0")
        for name in ("max_skipped", "validation_fraction"):
            a_share(name, getattr(self, name))
        if (self.data is None) == (self.manifest is None):
            raise InputError("give either --manifest and --images, or --data")
        if self.manifest is not None and self.images is None:
            raise InputError(f"--manifest {self.manifest} needs --images, the folder of its photos")
        if self.data is not None and self.reviewed != "all":
            raise InputError("--reviewed goes with --manifest; in a recipe it is a key of each manifest: reviewed")

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
        if foreign := sorted(before.keys() - now.keys()):
            raise InputError(f"{file} is of another network, which has {flag(foreign[0])}; start with another --out")
        for setting in fields(self):
            name = setting.name
            if name in self.resumable or before.get(name, now[name]) == now[name]:
                continue
            raise InputError(
                f"{file} says {flag(name)} {before[name]}, this command {now[name]}; resume with the same, "
                "or start another run with another --out"
            )


def flag(name: str) -> str:
    """A setting as the command line calls it."""
    return "--" + name.replace("_", "-")


def at_least(name: str, value: float, least: float) -> None:
    """Raise InputError for a smaller number, or none."""
    if not value >= least:
        raise InputError(f"{flag(name)} is {value}, expected at least {least}")


def a_share(name: str, value: float) -> None:
    """Raise InputError for a number outside [0, 1)."""
    if not 0 <= value < 1:
        raise InputError(f"{flag(name)} is {value}, expected at least 0 and below 1")
