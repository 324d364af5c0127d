"""Backgrounds to compose entities on: those of the labelled sample without an entity in them, and some more."""

from dataclasses import dataclass

from pipelines.sample.backgrounds import background
from pipelines.sample.entities.interiors import Draw, backdrop, room, table
from pipelines.sample.entities.landscapes import beach, desert, mountains, night, sunset, wood


@dataclass(frozen=True, slots=True)
class Scene:
    """One background.

    Attributes:
        name: stem of its file, with spaces.
        draw: from width, height and a generator to (height, width, 3) float32 RGB in [0, 1].
        size: width and height in pixels.
    """

    name: str
    draw: Draw
    size: tuple[int, int] = (1152, 864)


def _same(name: str) -> Scene:
    """A background of the labelled sample."""
    return Scene(name, lambda width, height, rng: background(name, width, height, rng))


SCENES: tuple[Scene, ...] = (
    *(
        _same(name)
        for name in (
            "garage", "garage far", "launch pad", "launch pad far", "studio", "mural", "lights", "alley", "courtyard",
            "garden", "hedge", "quarry", "field",
        )
    ),
    Scene("beach", beach),
    Scene("sunset", sunset, (1280, 853)),
    Scene("mountains", mountains, (1280, 853)),
    Scene("desert", desert),
    Scene("wood", wood),
    Scene("night", night),
    Scene("living room", room((0.82, 0.79, 0.72), (0.5, 0.32, 0.19), mountains)),
    Scene("blue room", room((0.55, 0.66, 0.74), (0.62, 0.5, 0.36), wood), (1280, 853)),
    Scene("gray backdrop", backdrop((0.78, 0.78, 0.79), (0.4, 0.4, 0.42))),
    Scene("teal backdrop", backdrop((0.45, 0.68, 0.66), (0.12, 0.28, 0.3))),
    Scene("table", table),
)  # fmt: skip
"""Not the labelled sample's "cafe" and "table", in which there is a cup, and not "cat"."""
