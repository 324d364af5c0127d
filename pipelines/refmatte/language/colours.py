"""CSS colour names, and which of them a viewer may take for one another."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor
from skimage.color import rgb2lab

FARTHEST = 20.0
"""Distance in Lab from which no name is true of a colour: that nearest to a rabbit's dull brown is darkolivegreen."""
ALIKE_DISTANCE = 25.0
"""Distance in Lab below which two names are taken for one another. An entity's name is that nearest to its colour; a
viewer sees the colour, and is as free in naming it."""

TIE = 6.0
"""How much farther than the nearest name another is that a viewer may prefer: of colours that hardly differ one has the
one name, one the other."""
STEPS = 24
"""Colours that are looked at along each side of the cube of sRGB."""


@cache
def css_colours() -> dict[str, tuple[int, int, int]]:
    """All CSS colour names, both spellings of gray among them, and their sRGB values from 0 to 255."""
    return {name: ImageColor.getrgb(name)[:3] for name in ImageColor.colormap}


@cache
def naming_colours() -> tuple[str, ...]:
    """The names that colours are given, in order.

    CSS has two names for some colours, gray and grey for every gray among them; and its brown is a dark red, at which a
    viewer who is told of a brown apple would not look.
    """
    others = {"aqua", "fuchsia", "brown"}
    return tuple(sorted(name for name in css_colours() if "grey" not in name and name not in others))


@cache
def alike_colours() -> dict[str, frozenset[str]]:
    """Names that may be taken for a name, itself among them.

    Those nearer than ``ALIKE_DISTANCE``; and those between which there are colours about as near to one as to the
    other, however far apart they are (black and darkslategray, say).
    """
    names = list(css_colours())
    lab = rgb2lab(np.array([css_colours()[name] for name in names])[None] / 255)[0]
    alike = (_distances(lab, lab) < ALIKE_DISTANCE) | _tied(lab, np.isin(names, naming_colours()))
    return {name: frozenset(np.array(names)[row].tolist()) for name, row in zip(names, alike, strict=True)}


def _distances(lab: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float64]:
    """(M, 3), (N, 3) -> (M, N)."""
    squared = (lab**2).sum(axis=1)[:, None] + (other**2).sum(axis=1) - 2 * lab @ other.T
    result: NDArray[np.float64] = np.sqrt(np.maximum(squared, 0))
    return result


def _tied(lab: NDArray[np.float64], naming: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """(N, N): some colour is given the one of two names, and the other is hardly farther from it.

    Args:
        lab: (N, 3) of the names.
        naming: (N,) which of them colours are given.
    """
    side = np.linspace(0, 1, STEPS)
    cube = rgb2lab(np.stack(np.meshgrid(side, side, side), axis=-1).reshape(1, -1, 3))[0]
    distances = _distances(cube, lab)
    least = distances[:, naming].min(axis=1, keepdims=True)
    nearest = (distances <= least) & (least < FARTHEST)
    near = distances <= least + TIE
    tied = (nearest.T.astype(np.float32) @ near.astype(np.float32)) > 0
    result: NDArray[np.bool_] = tied | tied.T
    return result
