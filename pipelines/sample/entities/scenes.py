"""Backgrounds to compose entities on: those of the labelled sample without an entity in them, and some more."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.sample.backgrounds import background
from pipelines.sample.textures import Picture


@dataclass(frozen=True, slots=True)
class Scene:
    """One background.

    Attributes:
        name: stem of its file, with spaces.
        size: width and height in pixels.
        draw: from width, height and a generator to (height, width, 3) float32 RGB in [0, 1].
    """

    name: str
    size: tuple[int, int]
    draw: Callable[[int, int, np.random.Generator], Picture]


_WIDE = (1280, 960)


def _same(name: str) -> Scene:
    """A background of the labelled sample."""
    return Scene(name, _WIDE, lambda width, height, rng: background(name, width, height, rng))


SCENES: tuple[Scene, ...] = tuple(
    _same(name)
    for name in (
        "garage", "garage far", "launch pad", "launch pad far", "studio", "mural", "lights", "alley", "courtyard",
        "garden", "gallery", "hedge", "quarry", "field",
    )
)  # fmt: skip
"""Not "cafe" and "table", in which there is a cup, and not "cat"."""
