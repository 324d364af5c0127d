"""Loading pretrained weights through transformers, strictly.

Weights are a local folder as ``save_pretrained`` writes it, or a hub name. Only safetensors are read. A folder is
never looked up on the network. A checkpoint that leaves a part of its model empty is refused: transformers would
otherwise fill the gaps with random numbers and only log a warning. Tensors that the model has no place for are left
aside, as transformers does: releases carry some from older versions of a model.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matting_models.errors import InputError, MissingError

if TYPE_CHECKING:
    import torch

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")

EXTRAS = dict.fromkeys(("torch", "transformers", "safetensors", "peft", "accelerate"), "models") | {"diffusers": "icon"}
"""What networks need beyond the core dependencies, and which extra brings it."""

_HUB_NAME = re.compile(r"[\w-][\w.-]*(/[\w-][\w.-]*)?")


@dataclass(frozen=True, slots=True)
class Source:
    """Where weights come from.

    Attributes:
        location: what transformers' ``from_pretrained`` takes.
        local: whether it is a folder here.
        revision: ``<name>@<12 hex digits>``, of the safetensors' SHA-256 for a folder, of the commit for a hub name.
        options: keyword arguments for every ``from_pretrained`` call on it.
    """

    location: str
    local: bool
    revision: str
    options: dict[str, Any]


@contextmanager
def models_extra(user: str) -> Iterator[None]:
    """Import what belongs to one of ``EXTRAS`` inside this, so that its absence is one sentence.

    Args:
        user: what needs it, to begin the sentence.

    Raises:
        ModuleNotFoundError: it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        package = str(error.name).partition(".")[0]
        if package not in EXTRAS:
            raise
        raise ModuleNotFoundError(
            f"{user} needs {package}, which is not installed: pip install 'mask2matte[{EXTRAS[package]}]'", name=package
        ) from None


def resolve_device(device: str) -> "torch.device":
    """``auto`` takes the GPU when torch sees one."""
    import torch

    if device not in DEVICES:
        raise InputError(f"unknown device {device!r}, expected one of {', '.join(DEVICES)}")
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    elif device == "cuda" and not torch.cuda.is_available():
        raise InputError("CUDA was asked for, but torch sees no GPU; use device cpu or auto")
    return torch.device(device)


def resolve_precision(precision: str, device: "torch.device") -> "torch.dtype":
    """``auto`` is float32 on the CPU, bfloat16 on a GPU that has it, else float16."""
    import torch

    if precision not in PRECISIONS:
        raise InputError(f"unknown precision {precision!r}, expected one of {', '.join(PRECISIONS)}")
    if precision == "auto":
        precision = "fp32" if device.type == "cpu" else _fast_precision()
    if precision == "fp16" and device.type == "cpu":
        raise InputError("precision fp16 needs a GPU; use fp32, bf16 or auto on the CPU")
    return {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}[precision]


def _fast_precision() -> str:
    import torch

    # Emulated bfloat16 is slower than float32.
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp16"


def overflow_text(precision: "torch.dtype") -> str:
    """What to say of a network's output that is not finite."""
    name = str(precision).removeprefix("torch.")
    if name == "float32":
        return "the network's output is not finite: its weights are damaged"
    return f"the network's output overflowed in {name}; use precision fp32 (or bf16)"


def digest(files: list[Path]) -> str:
    """The first 12 hex digits of the SHA-256 over the files' contents in the given order."""
    sha = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while chunk := stream.read(1 << 20):
                sha.update(chunk)
    return sha.hexdigest()[:12]


def locate(weights: str, model_type: str | tuple[str, ...]) -> Source:
    """Find weights and check that they belong to the expected architecture.

    Args:
        weights: local folder or hub name.
        model_type: what ``config.json`` must name, or several of which it must name one.

    Raises:
        MissingError: no such folder, or the hub could not be reached.
        InputError: the folder is not one of a model, or of another architecture.
    """
    if Path(weights).exists():
        return _locate_folder(Path(weights), model_type)
    if not _HUB_NAME.fullmatch(weights):
        raise MissingError(f"weights folder {weights} does not exist")
    return _locate_on_hub(weights, model_type)


def _locate_folder(folder: Path, model_type: str | tuple[str, ...]) -> Source:
    if not folder.is_dir():
        raise InputError(f"weights {folder} is a file, expected a folder with config.json and model.safetensors")
    config = folder / "config.json"
    if not config.is_file():
        raise MissingError(f"weights folder {folder} has no config.json")
    try:
        found = json.loads(config.read_text(encoding="utf-8"))["model_type"]
    except (ValueError, KeyError, TypeError):
        raise InputError(f"{config} is not a model's configuration: it names no model_type") from None
    _check_type(str(folder), found, model_type)
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise MissingError(f"weights folder {folder} has no .safetensors file, the only format that is loaded")
    revision = f"{folder.resolve().name}@{digest(files)}"
    return Source(str(folder), True, revision, {"local_files_only": True})


def _locate_on_hub(name: str, model_type: str | tuple[str, ...]) -> Source:
    from transformers import AutoConfig

    try:
        config = AutoConfig.from_pretrained(name, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise MissingError(
            f"weights {name} are neither a local folder nor to be had from the Hugging Face hub "
            f"({type(error).__name__}); give a local folder, or a hub name that can be reached"
        ) from error
    _check_type(name, config.model_type, model_type)
    commit = config._commit_hash
    # Pinning the commit keeps the parts of one model together should the hub change in between.
    return Source(name, False, f"{name}@{(commit or 'unknown')[:12]}", {"revision": commit} if commit else {})


def _check_type(weights: str, found: object, expected: str | tuple[str, ...]) -> None:
    known = (expected,) if isinstance(expected, str) else expected
    if found not in known:
        shown = " or ".join(map(repr, known))
        raise InputError(f"weights {weights} are of architecture {found!r}, expected {shown}")


def load_model(model_class: Any, source: Source) -> Any:
    """Load a transformers model in float32, in evaluation mode, every parameter from the checkpoint.

    Raises:
        MissingError: the checkpoint could not be fetched.
        InputError: it is damaged, or lacks a tensor of the model, or has it in another shape.
    """
    from safetensors import SafetensorError

    try:
        with no_progress_bar() if source.local else nullcontext():
            model, info = model_class.from_pretrained(
                source.location, use_safetensors=True, output_loading_info=True, **source.options
            )
    except OSError as error:
        raise MissingError(f"weights {source.location} could not be read: {_first_line(error)}") from error
    except (RuntimeError, ValueError, SafetensorError) as error:
        raise InputError(f"weights {source.location} could not be loaded: {_first_line(error)}") from error
    for kind in ("missing", "mismatched"):
        keys = sorted(str(key) for key in info[f"{kind}_keys"])
        if keys:
            shown = ", ".join(keys[:3]) + (", ..." if len(keys) > 3 else "")
            raise InputError(f"weights {source.location} do not fit the model: {len(keys)} {kind} tensors ({shown})")
    return model.float().eval()


@contextmanager
def no_progress_bar() -> Iterator[None]:
    """Reading and writing a folder takes a moment; downloads keep their bars."""
    from transformers.utils import logging as transformers_logging

    logging: Any = transformers_logging
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            logging.enable_progress_bar()


def load_processor(processor_class: Any, source: Source) -> Any:
    """Load a transformers image processor that stands beside the weights."""
    try:
        return processor_class.from_pretrained(source.location, **source.options)
    except (OSError, ValueError) as error:
        raise MissingError(
            f"weights {source.location} have no image processor settings (preprocessor_config.json)"
        ) from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
