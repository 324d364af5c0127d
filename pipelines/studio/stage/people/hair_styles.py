"""Named hair styles: numbers only; lengths in head units, from the eyes to the crown, some 12 cm."""

from dataclasses import dataclass

from pipelines.studio.stage.draw import Draw


@dataclass(frozen=True, slots=True)
class Style:
    """How hair of a head grows.

    Attributes:
        length: shortest and longest.
        lie: how flat it leaves the scalp, 0 upright to 1 flat.
        comb: parted, back, side, out or wind: where it is combed to.
        gravity: how heavily it falls.
        wave: how much it swings, smoothly.
        curl: radius of its curls.
        turns: of a curl over the length.
        layer: how thickly it lies on the head.
    """

    length: tuple[float, float]
    lie: float = 0.75
    comb: str = "parted"
    gravity: float = 1.0
    wave: float = 0.15
    curl: float = 0.0
    turns: float = 0.0
    layer: float = 0.12


STYLES = {
    "long": Style((2.6, 5.0)),
    "wavy": Style((2.2, 4.5), wave=0.35, curl=0.05, turns=3.5, layer=0.16),
    "curly": Style((1.5, 3.2), lie=0.5, gravity=0.6, wave=0.3, curl=0.1, turns=7, layer=0.25),
    "afro": Style((0.45, 1.3), lie=0.0, comb="out", gravity=0.0, wave=0.5, curl=0.07, turns=6, layer=0.0),
    "bob": Style((1.5, 2.1), wave=0.1, layer=0.14),
    "short": Style((0.25, 0.7), lie=0.6, comb="side", gravity=0.25, wave=0.3, layer=0.02),
    "crop": Style((0.05, 0.2), lie=0.35, comb="side", gravity=0.0, wave=0.1, layer=0.0),
    "swept": Style((0.7, 1.5), lie=0.55, comb="back", gravity=0.45, wave=0.25, layer=0.06),
    "tousled": Style((0.5, 1.1), lie=0.35, comb="side", gravity=0.25, wave=0.9, curl=0.03, turns=2, layer=0.05),
    "wind": Style((1.8, 4.0), lie=0.6, comb="wind", gravity=0.1, wave=0.6, layer=0.08),
}
GATHERED = ("ponytail", "bun", "pigtails", "braid")
"""Combed to one point or two, and what hangs there."""

WOMEN = (
    "long",
    "long",
    "wavy",
    "wavy",
    "curly",
    "afro",
    "bob",
    "wind",
    "ponytail",
    "bun",
    "pigtails",
    "braid",
    "short",
)
MEN = ("short", "short", "crop", "crop", "swept", "tousled", "tousled", "afro", "curly", "wavy", "bun", "ring", "bald")
CHILDREN = ("short", "tousled", "bob", "long", "curly", "ponytail", "pigtails", "afro")
LONG = ("long", "wavy", "curly", "afro", "wind", "long", "ponytail", "braid", "wavy", "tousled")


def any_style(draw: Draw, sex: str, age: str, long: bool) -> str:
    """A style that such a person may have."""
    if long:
        return draw.one(LONG)
    if age == "child":
        return draw.one(CHILDREN)
    return draw.one(WOMEN if sex == "female" else MEN)


COLOURS = (
    (0.01, 0.007, 0.006), (0.014, 0.009, 0.006), (0.03, 0.016, 0.009), (0.06, 0.03, 0.015), (0.11, 0.055, 0.024),
    (0.2, 0.11, 0.05), (0.38, 0.24, 0.11), (0.55, 0.4, 0.22), (0.2, 0.055, 0.018), (0.3, 0.08, 0.02),
)  # fmt: skip
GRAYS = ((0.12, 0.115, 0.11), (0.3, 0.29, 0.28), (0.6, 0.58, 0.56))
