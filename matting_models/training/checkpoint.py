"""Checkpoints: folders that appear whole or not at all, and hold only what training changes."""

import os
import re
import shutil
from pathlib import Path
from typing import Any, Protocol

import torch

from matting_models.errors import InputError

STATE_FILE = "trainer.pt"


class Saved(Protocol):
    """Writes its own files."""

    def save(self, folder: Path) -> None:
        """Into a folder that is there."""
        ...


_NAME = re.compile(r"step-(\d{7})")


def step_of(folder: Path) -> int:
    """Iterations that a checkpoint folder stands for."""
    match = _NAME.fullmatch(folder.name)
    assert match
    return int(match[1])


def checkpoint_path(folder: Path, step: int) -> Path:
    """Where the checkpoint of a step stands."""
    return folder / f"step-{step:07d}"


def list_checkpoints(folder: Path) -> list[Path]:
    """Finished checkpoints, oldest first."""
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if _NAME.fullmatch(path.name))


def write_checkpoint(folder: Path, step: int, network: Saved, state: dict[str, Any]) -> Path:
    """Write ``folder/step-NNNNNNN``: the network's files, and what resuming needs.

    Args:
        folder: made if it is missing.
        step: optimiser steps done.
        network: writes what prediction loads.
        state: tensors and plain values; loaded with ``weights_only``.
    """
    target = checkpoint_path(folder, step)
    beside = folder / f".{target.name}.partial"
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir(parents=True)
    network.save(beside)
    with (beside / STATE_FILE).open("wb") as file:
        torch.save(state, file)
        file.flush()
        os.fsync(file.fileno())
    shutil.rmtree(target, ignore_errors=True)
    beside.replace(target)
    _flush_folder(folder)
    return target


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_state(checkpoint: Path) -> dict[str, Any]:
    """What ``write_checkpoint`` was given, on the CPU.

    Raises:
        InputError: the file is missing, damaged or cut short.
    """
    path = checkpoint / STATE_FILE
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"{checkpoint} has no {STATE_FILE}; {REMEDY}") from None
    except Exception as error:  # torch.load raises nearly anything on damaged bytes
        what = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(f"{path} is damaged or cut short ({what[0][:120]}); {REMEDY}") from error
    return state


REMEDY = "delete that checkpoint's folder to resume from the one before"


def prune(folder: Path, keep: int, best: int | None) -> None:
    """Delete all but the last ``keep`` checkpoints and the best one, and leftovers of interrupted writes."""
    for leftover in folder.glob(".step-*.partial"):
        shutil.rmtree(leftover)
    for path in list_checkpoints(folder)[:-keep]:
        if step_of(path) != best:
            shutil.rmtree(path)
