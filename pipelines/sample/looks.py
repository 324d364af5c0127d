"""What people look like: skin, hair and clothes drawn at random."""

from dataclasses import dataclass

import numpy as np

from pipelines.sample.layers import Material
from pipelines.sample.textures import (
    CLOTHS,
    HAIRS,
    SKINS,
    TROUSERS,
    Colour,
    pelt,
    plain,
    printed,
    skin,
    striped,
    weave,
)


@dataclass(frozen=True, slots=True)
class Look:
    """What a person looks like.

    Attributes:
        skin, hair: colours.
        style: "short", "long", "wild", "curly", "bun" or "hat".
        top: "shirt", "tee", "coat" or "dress".
        cloth, legs, shoes, skin_cloth: materials.
        fur: the coat's, or the hat's, trimming.
        wind: what blows the hair to the right.
        swing: pixels of motion blur of the right arm, as a share of the height.
    """

    skin: Colour
    hair: Colour
    style: str
    top: str
    cloth: Material
    legs: Material
    shoes: Material
    skin_cloth: Material
    fur: Material
    fur_colour: Colour
    wind: float = 0.0
    swing: float = 0.0


def look(rng: np.random.Generator, style: str, top: str, height: float, wind: float, swing: float) -> Look:
    """Random colours and cloth for a person ``height`` pixels tall."""
    tone = SKINS[int(rng.integers(len(SKINS)))]
    colours = [CLOTHS[i] for i in rng.permutation(len(CLOTHS))]
    side = int(np.clip(height / 4, 48, 220))
    kind = rng.random()
    if kind < 0.25:
        cloth = striped(colours[0], colours[1], rng, max(round(height / 75), 3))
    elif kind < 0.5:
        cloth = printed(rng, side)
    else:
        cloth = weave(colours[0], rng, side)
    if top == "coat":
        cloth = weave(colours[2], rng, side, 0.08)
    fur_colour = ((0.82, 0.74, 0.62), (0.45, 0.36, 0.28), (0.88, 0.86, 0.82))[int(rng.integers(3))]
    return Look(
        tone,
        HAIRS[int(rng.integers(len(HAIRS)))],
        style,
        top,
        cloth,
        weave(TROUSERS[int(rng.integers(len(TROUSERS)))], rng, side, 0.1),
        plain((0.16, 0.13, 0.12) if rng.random() < 0.6 else (0.82, 0.8, 0.78), 0.15),
        skin(tone, rng),
        pelt(fur_colour, rng),
        fur_colour,
        wind,
        swing,
    )
