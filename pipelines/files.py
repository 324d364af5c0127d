"""Files that appear whole or not at all: written beside, flushed to disk, renamed."""

import os
from collections.abc import Iterable
from pathlib import Path

PARTIAL = ".partial"
"""Ending of files in the making; leftovers of a killed run are removed by the next one."""


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write ``content`` to ``path`` so that a reader sees the old file or the new one, never a part.

    Args:
        path: file to write; its folder exists.
        content: all of its bytes.
        durable: flush to disk before the rename, so that the file survives a power cut. Files that are flushed
            together later (``flush``), or can be made again, need not.

    Raises:
        OSError: no space, no permission, ...; ``path`` is untouched then and the partial file is gone.
    """
    beside = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with beside.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def flush(paths: Iterable[Path]) -> None:
    """Flush finished files to disk: together, since the first flush carries most of the others along."""
    for path in paths:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
