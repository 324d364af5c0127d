"""Tensors of a checkpoint that somebody else wrote.

Unpickling runs what the file says, so torch reads it with ``weights_only``: tensors and plain containers, nothing else.
"""

import pickle
import re
from pathlib import Path
from typing import Any, BinaryIO

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from matting_models.errors import InputError, MissingError

_HOLDERS = ("model", "state_dict", "model_state_dict", "module")
"""Under what trainers put the network beside the optimiser."""

_WANTED = re.compile(r"GLOBAL (\S+)")


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """Every tensor of the network in a file, on the CPU, by name.

    Args:
        path: a ``.safetensors`` file, or one that ``torch.save`` wrote: tensors by name, alone or as ``model`` or
            ``state_dict`` beside a trainer's other state. A ``module.`` before every name is taken off.

    Raises:
        MissingError: no such file.
        InputError: it is damaged, has no tensors by name, one that is sparse, complex or without values, or cannot
            be read without running code that it brings.
    """
    if not path.exists():
        raise MissingError(f"checkpoint {path} does not exist")
    if not path.is_file():
        raise InputError(f"checkpoint {path} is a folder, expected a .safetensors or torch file")
    tensors = _network(_read(path), path)
    if all(name.startswith("module.") for name in tensors):
        tensors = {name.removeprefix("module."): tensor for name, tensor in tensors.items()}
    return tensors


def _read(path: Path) -> Any:
    with path.open("rb") as stream:  # opened here, so that what torch raises is about the contents
        return _read_open(stream, path)


def _read_open(stream: BinaryIO, path: Path) -> Any:
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        return torch.load(stream, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        if wanted := _WANTED.search(str(error)):
            raise InputError(
                f"checkpoint {path} holds a {wanted[1]}, expected tensors alone; it was not loaded, since that could "
                "run code from the file"
            ) from None
        raise InputError(f"checkpoint {path} is no torch file, or damaged") from None
    except (SafetensorError, RuntimeError, EOFError, OSError, ValueError, KeyError) as error:
        why = str(error).partition("\n")[0] or type(error).__name__
        raise InputError(f"checkpoint {path} is damaged or cut short: {why}") from None


def _network(content: Any, path: Path) -> dict[str, Tensor]:
    while isinstance(content, dict) and not any(isinstance(value, Tensor) for value in content.values()):
        holder = next((name for name in _HOLDERS if name in content), None)
        if holder is None:
            break
        content = content[holder]
    if not isinstance(content, dict):
        raise InputError(f"checkpoint {path} holds a {type(content).__name__}, expected tensors by name")
    if not content:
        raise InputError(f"checkpoint {path} is empty, expected tensors by name")
    for name, value in content.items():
        if not isinstance(value, Tensor):
            raise InputError(f"checkpoint {path}: {name!r} is a {type(value).__name__}, expected a tensor")
        if value.layout != torch.strided or value.is_meta or value.is_quantized or value.is_complex():
            raise InputError(f"checkpoint {path}: {name!r} is not a dense tensor of real numbers")
    return {str(name): tensor for name, tensor in content.items()}
