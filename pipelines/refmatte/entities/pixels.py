"""The pixels of an entity: colours of the foreground alone, and alpha."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.annotations.images import read_cutout, read_photo
from pipelines.labelling.foreground import MARGIN, estimate_foreground
from pipelines.refmatte.records import Entity
from pipelines.storage.safe_paths import ImageProblem

Colours = NDArray[np.uint8]
Alpha = NDArray[np.uint8]

LONGEST = 2048
"""Most pixels of an entity's longer side. The published images have about 1.7 megapixels (SAD 9.91 thousands over MAD
0.0057), so that an entity that fills one is no longer."""
MAX_PIXELS = 200_000_000
"""Largest picture that is decoded, as labelling has it."""


class EntityProblem(ValueError):
    """An entity that cannot be used.

    Attributes:
        reason: ``entity_missing``, ``entity_unreadable``, ``entity_without_alpha`` (no alpha, or one that is empty or
            full everywhere) or ``entity_wrong_size`` (alpha and colours differ).
        detail: one sentence for people, with the entity's id.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


@dataclass(frozen=True, slots=True)
class Pixels:
    """An entity cut to the box of its alpha above 0.

    Attributes:
        colours: (H, W, 3) uint8, RGB, of the foreground alone (straight, not multiplied by alpha).
        alpha: (H, W) uint8.
        sha256: hex digest of the file's bytes; where colours and alpha are files of their own, of both digests.
    """

    colours: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    sha256: str


def read_pixels(entity: Entity) -> Pixels:
    """Read an entity, at most ``LONGEST`` pixels long; longer ones are shrunk by averaging over areas.

    Of photos the foreground's colours are estimated.

    Raises:
        EntityProblem: with one of its reason codes. Problems of the machine (I/O errors, memory) pass through.
    """
    try:
        colours, alpha, digest = _one_picture(entity) if entity.alpha is None else _two_pictures(entity, entity.alpha)
    except ImageProblem as problem:
        reason = "entity_missing" if problem.reason == "image_missing" else "entity_unreadable"
        raise EntityProblem(reason, f"{entity.entity_id}: {problem.detail}") from None
    _check(entity, alpha)
    if entity.straight:
        box = _box(alpha, 0)
        colours, alpha = _shrunk_straight(colours[box], alpha[box])
    else:
        box = _box(alpha, MARGIN)
        colours, alpha = _shrunk(colours[box]), _shrunk(alpha[box])
        colours = estimate_foreground(np.ascontiguousarray(colours), alpha.astype(np.float32) / np.float32(255))
    if not alpha.any():
        raise _without_alpha(entity, f"alpha of {_name(entity)} is too faint for its size")
    box = _box(alpha, 0)
    return Pixels(np.ascontiguousarray(colours[box]), np.ascontiguousarray(alpha[box]), digest)


def _one_picture(entity: Entity) -> tuple[Colours, Alpha, str]:
    """Colours, alpha, and the digest of the picture with both."""
    cutout = read_cutout(entity.colours, MAX_PIXELS)
    if cutout is None:
        raise _without_alpha(entity, f"{_name(entity)} has colours alone, expected RGBA")
    return cutout.pixels[..., :3], cutout.pixels[..., 3], cutout.sha256


def _two_pictures(entity: Entity, path: Path) -> tuple[Colours, Alpha, str]:
    """Colours, alpha, and the digest of both their files'."""
    grey = read_photo(path, 0, 0, MAX_PIXELS)
    height, width = grey.pixels.shape[:2]
    try:
        photo = read_photo(entity.colours, width, height, MAX_PIXELS)  # turned as it was when alpha was made
    except ImageProblem as problem:
        if problem.reason != "image_wrong_size":
            raise
        found = f"{entity.entity_id}: {entity.colours.name} is not of the size of its alpha, {width}x{height} pixels"
        raise EntityProblem("entity_wrong_size", found) from None
    digest = hashlib.sha256(bytes.fromhex(photo.sha256 + grey.sha256)).hexdigest()
    return photo.pixels, np.asarray(cv2.cvtColor(grey.pixels, cv2.COLOR_RGB2GRAY), np.uint8), digest


def _check(entity: Entity, alpha: Alpha) -> None:
    """Something is the foreground, and something is not."""
    if not alpha.any():
        raise _without_alpha(entity, f"alpha of {_name(entity)} is 0 everywhere, expected a foreground")
    if alpha.min() == 255:
        raise _without_alpha(entity, f"alpha of {_name(entity)} is 255 everywhere, expected a foreground cut out")


def _without_alpha(entity: Entity, found: str) -> EntityProblem:
    return EntityProblem("entity_without_alpha", f"{entity.entity_id}: {found}")


def _name(entity: Entity) -> str:
    return (entity.alpha or entity.colours).name


def _box(alpha: Alpha, margin: int) -> tuple[slice, slice]:
    """The box of alpha above 0, which there is, with a margin."""
    x, y, width, height = cv2.boundingRect(alpha)
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _shrunk_straight(colours: Colours, alpha: Alpha) -> tuple[Colours, Alpha]:
    """Each colour counts by its alpha: what stands where alpha is 0 is nobody's colour."""
    if max(alpha.shape) <= LONGEST:
        return colours, alpha
    weights = alpha.astype(np.float32)
    small = _shrunk(weights)
    # A channel at a time: of large pictures this is what takes the memory.
    channels = [_shrunk(colours[..., place] * weights) / np.maximum(small, 1e-6) for place in range(3)]
    return np.rint(np.clip(np.dstack(channels), 0, 255)).astype(np.uint8), np.rint(small).astype(np.uint8)


def _shrunk(picture: NDArray[Any]) -> NDArray[Any]:
    """A picture that is at most ``LONGEST`` long."""
    height, width = picture.shape[:2]
    scale = LONGEST / max(height, width)
    if scale >= 1:
        return picture
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
