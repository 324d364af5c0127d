"""Small pictures on disk."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def write(path: Path, pixels: Any) -> Path:
    """Write an array or nested list as a picture."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
    return path


def touch(root: Path, *names: str) -> None:
    """Files without content, for readers that open none."""
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).touch()
