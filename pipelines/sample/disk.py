"""Samples on disk: encoded files, and the marker that says a sample is complete."""

import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.storage.files import write_whole


def is_complete(marker: Path, wanted: Mapping[str, int]) -> bool:
    """Whether the marker tells of the wanted sample and all its files stand as they were written.

    Args:
        marker: JSON file in the sample's folder, written by ``mark_complete``.
        wanted: version and seed.
    """
    try:
        found = json.loads(marker.read_bytes())
        files = found.pop("files").items()
        return bool(found == wanted) and all(_digest(marker.parent / name) == digest for name, digest in files)
    except (OSError, ValueError, KeyError, AttributeError):
        return False


def mark_complete(marker: Path, wanted: Mapping[str, int], files: Iterable[Path]) -> None:
    """Write the marker: last of all, so that it vouches for ``files``, which lie in or under its folder."""
    digests = {str(path.relative_to(marker.parent)): _digest(path) for path in files}
    write_whole(marker, as_json({**wanted, "files": digests}))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def as_json(content: Any) -> bytes:
    """Compact JSON with a line end."""
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"


def encoded(pixels: NDArray[np.uint8], kind: str, **options: int) -> bytes:
    """(H, W) or (H, W, 3) uint8 pixels as a file of ``kind``, with Pillow's options."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def to_bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Values in [0, 1], rounded to the uint8 of the same shape."""
    return np.round(values * 255).clip(0, 255).astype(np.uint8)
