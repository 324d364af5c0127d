"""Photos to put foregrounds on."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.pairs_source import pictures_of
from matting_models.data.photographs import PHOTOGRAPHS

ZOOMS = (1.0, 1.6)
"""How much larger than needed a background may be."""


def backgrounds_in(folders: Sequence[Path]) -> list[Path]:
    """The photos of some folders, each folder's by name.

    Raises:
        MissingError: a folder does not exist.
        InputError: a folder has no pictures.
    """
    return [path for folder in folders for _, path in sorted(pictures_of(folder, "backgrounds").items())]


def random_background(
    photos: Sequence[Path], height: int, width: int, rng: np.random.Generator
) -> tuple[Path, NDArray[np.uint8]]:
    """One of some photos, a random part of it scaled to (height, width, 3) uint8 RGB, mirrored or not.

    Raises:
        PictureProblem: the photo cannot be read.
    """
    path = photos[int(rng.integers(len(photos)))]
    photo = PHOTOGRAPHS.read(path)
    scale = max(height / photo.shape[0], width / photo.shape[1]) * rng.uniform(*ZOOMS)
    rows, columns = (max(1, round(side / scale)) for side in (height, width))
    top, left = (int(rng.integers(max(1, f - p + 1))) for f, p in zip(photo.shape, (rows, columns), strict=False))
    part = photo[top : top + rows, left : left + columns]
    scaled = cv2.resize(part, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    shown = scaled[:, ::-1] if rng.random() < 0.5 else scaled
    return path, shown.astype(np.uint8, copy=False)
