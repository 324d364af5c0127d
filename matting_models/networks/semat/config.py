"""What a SEMat is made of, as it stands in ``config.json`` beside the weights."""

import json
import warnings
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

from matting_models.errors import InputError, MissingError

FORMAT = 1
CONFIG_FILE = "config.json"
MODEL_TYPE = "semat"
BESIDE = "./"
"""How the name of a backbone begins that lies in the folder of the weights, and moves with them."""

Family = Literal["sam", "sam_hq", "sam2"]

Architecture = Literal["paper", "released"]
"""As the paper's text and figures have it, or as the authors' code and their released checkpoints do. They differ in:

- boxes: edges of the input | first and last whole pixel;
- photos: averaged when they shrink, padded with the mean colour | always bilinear, padded with black;
- epsilon of SAM's and HQ-SAM's mask transformer: transformers' 1e-6 | Meta's 1e-5;
- adapters: on attention (and Hiera's shortcuts) | on the patch embedding too;
- HQ-SAM's matting logits: as they are | the high-quality mask is added to each;
- bottom of SAM2's matting decoder: the pyramid's four levels | the image embedding alone;
- SAM logits of the regularisation: of a pass without matting tokens | of the same pass;
  SAM: the mask of a single object | the best of three; HQ-SAM: SAM's plus the high-quality mask | the latter alone.
"""


@dataclass(frozen=True, slots=True)
class SEMatConfig:
    """Architecture and backbone of a SEMat.

    Attributes:
        backbone: hub name or local folder of the Segment Anything model; see ``BESIDE``.
        backbone_revision: which weights those were, ``<name>@<digest or commit>``; checked on loading.
        family: ``sam``, ``sam_hq`` or ``sam2``.
        lora_rank, lora_alpha, lora_dropout: of the adapters (section 5: r = 16).
        prompt_init: ``zero`` or ``copied``, see ``BoxPrompt``.
        prompt_dropout: share of training samples whose box was kept out of the image encoder. Above 0, images may be
            encoded once for many boxes (``SEMat.set_image``); 0 is the paper's.
        decoder_channels: of the matting decoder's four down blocks.
        architecture: ``paper`` or ``released``, see ``Architecture``.
    """

    backbone: str
    backbone_revision: str
    family: Family
    lora_rank: int = 16
    lora_alpha: int = 16
    lora_dropout: float = 0.1
    prompt_init: Literal["zero", "copied"] = "zero"
    prompt_dropout: float = 0.1
    decoder_channels: tuple[int, ...] = (32, 64, 128, 256)
    architecture: Architecture = "paper"

    def to_json(self) -> str:
        """The contents of ``config.json``."""
        return json.dumps({"model_type": MODEL_TYPE, "format": FORMAT, **asdict(self)}, indent=2) + "\n"

    @classmethod
    def read(cls, folder: Path) -> "SEMatConfig":
        """Read ``config.json`` from a folder.

        Raises:
            MissingError: no such folder, or no config in it.
            InputError: it is not SEMat's, or of a newer format, or damaged.
        """
        if not folder.is_dir():
            raise MissingError(f"weights folder {folder} does not exist")
        path = folder / CONFIG_FILE
        if not path.is_file():
            hint = "; before the first validation, take one of its checkpoints" if _has_checkpoints(folder) else ""
            raise MissingError(
                f"weights folder {folder} has no {CONFIG_FILE}; expected what training writes to --out{hint}"
            )
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            raise InputError(f"{path} is not JSON") from None
        return cls._from_dict(content, path)

    def placed_in(self, folder: Path) -> "SEMatConfig":
        """The same for use from anywhere: a backbone beside it, in ``folder``, is named by its whole path."""
        return replace(self, backbone=str(folder / self.backbone)) if self.backbone.startswith(BESIDE) else self

    def check_backbone(self, folder: Path, family: str, revision: str) -> None:
        """Raise InputError unless a backbone is the one that these weights were trained on.

        Args:
            folder: where this config stands, for the message.
            family, revision: of the backbone at hand.
        """
        if family != self.family:
            raise InputError(f"{folder} was trained on a {self.family} backbone, this one is {family}")
        (name_then, _, then), (name_now, _, now) = self.backbone_revision.rpartition("@"), revision.rpartition("@")
        # A folder is known by its digest, a hub name (it has a slash) by its commit: one cannot be told by the other.
        if ("/" in name_then) != ("/" in name_now):
            warnings.warn(
                f"{folder} was trained on backbone {self.backbone_revision}, and whether {revision} is the same cannot "
                "be told",
                stacklevel=2,
            )
        elif then != now:
            raise InputError(
                f"{folder} was trained on backbone {self.backbone_revision}, this one is {revision}; "
                "its adapters fit no other weights"
            )

    @classmethod
    def _from_dict(cls, content: Any, path: Path) -> "SEMatConfig":
        found = content.get("model_type") if isinstance(content, dict) else None
        if found != MODEL_TYPE:
            raise InputError(f"{path} is of architecture {found!r}, expected {MODEL_TYPE!r}")
        if content.get("format") != FORMAT:
            raise InputError(f"{path} has format {content.get('format')!r}, this code reads {FORMAT}")
        names = {field.name for field in fields(cls)}
        given = {key: value for key, value in content.items() if key in names}
        missing = sorted({"backbone", "backbone_revision", "family"} - given.keys())
        if missing:
            raise InputError(f"{path} lacks {', '.join(missing)}")
        wrong = sorted(key for key, value in given.items() if not _VALID[key](value))
        if wrong:
            raise InputError(f"{path}: {wrong[0]} is {given[wrong[0]]!r}, which no training writes")
        if "decoder_channels" in given:
            given["decoder_channels"] = tuple(given["decoder_channels"])
        return cls(**given)


def _has_checkpoints(folder: Path) -> bool:
    return (folder / "checkpoints").is_dir()


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1


_VALID: dict[str, Callable[[Any], bool]] = {
    "backbone": lambda value: isinstance(value, str),
    "backbone_revision": lambda value: isinstance(value, str),
    "family": lambda value: value in get_args(Family),
    "lora_rank": lambda value: _whole(value, 1),
    "lora_alpha": lambda value: _whole(value, 1),
    "lora_dropout": _share,
    "prompt_init": lambda value: value in ("zero", "copied"),
    "prompt_dropout": _share,
    "architecture": lambda value: value in get_args(Architecture),
    "decoder_channels": lambda value: (
        isinstance(value, list) and len(value) == 4 and all(_whole(channels, 2) for channels in value)
    ),
}
