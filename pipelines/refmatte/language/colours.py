"""CSS colour names: which one a colour has, and which a viewer may take for one another."""

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor

FARTHEST = 20
"""Distance in Lab from which no name is true of a colour: that nearest to a rabbit's dull brown is darkolivegreen."""
TINTED, PLAIN = 12, 3
"""Distances in Lab from the grays: from the first on a colour is seen, such as that of brown fur, and within the second
a name means a gray."""
ALIKE_DISTANCE = 25
"""Distance in Lab below which two names are taken for one another. An entity's name is that nearest to its colour; a
viewer sees the colour, and is as free in naming it."""
TIE = 6
"""How much farther than the nearest name another is that a viewer may prefer: of colours that hardly differ one has the
one name, one the other."""
STEPS = 24
"""Colours that are looked at along each side of the cube of sRGB."""

Lab = NDArray[np.int64]
"""(N, 3) of OpenCV's 8-bit Lab, whose lightness is stretched from 100 to 255: whole numbers, so that every machine
gives the same names."""


@cache
def css_colours() -> dict[str, tuple[int, int, int]]:
    """All CSS colour names, both spellings of gray among them, and their sRGB values from 0 to 255."""
    return {name: ImageColor.getrgb(name)[:3] for name in ImageColor.colormap}


@cache
def naming_colours() -> tuple[str, ...]:
    """The names that colours are given, in order.

    CSS has two names for some colours, gray and grey for every gray among them. And some of its names mislead a viewer:
    its brown is a dark red, its darkgray lighter than gray, its darkseagreen lighter than seagreen.
    """
    others = {"aqua", "fuchsia", "brown", "darkgray", "darkseagreen"}
    return tuple(sorted(name for name in css_colours() if "grey" not in name and name not in others))


def lab_of(rgb: NDArray[np.uint8]) -> Lab:
    """(N, 3) uint8 sRGB in Lab."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(rgb)[None], cv2.COLOR_RGB2LAB)[0], np.int64)


def name_of(lab: Lab) -> str | None:
    """The name nearest to a colour, (3,) of Lab; None where none is true of it."""
    (place,) = _nearest(lab[None])
    return naming_colours()[place] if place >= 0 else None


def _nearest(lab: Lab) -> NDArray[np.int64]:
    """(N,) places in ``naming_colours`` of the names that colours have; -1 where none is true."""
    table = _lab_of_names(naming_colours())
    distances = _squared(lab, table)
    places = distances.argmin(axis=1)
    true = distances.min(axis=1) < (255 * FARTHEST) ** 2
    grayed = (_tint(lab) >= TINTED**2) & (_tint(table)[places] <= PLAIN**2)
    return np.where(true & ~grayed, places, -1)


def _tint(lab: Lab) -> NDArray[np.int64]:
    """(N,) squared distances from the grays."""
    result: NDArray[np.int64] = ((lab[:, 1:] - 128) ** 2).sum(axis=1)
    return result


def _squared(lab: Lab, other: Lab) -> NDArray[np.int64]:
    """(M, 3), (N, 3) -> (M, N) squares of distances in Lab, times the square of 255."""
    one, two = lab * (100, 255, 255), other * (100, 255, 255)
    result: NDArray[np.int64] = (one**2).sum(axis=1)[:, None] + (two**2).sum(axis=1) - 2 * (one @ two.T)
    return result


@cache
def _lab_of_names(names: tuple[str, ...]) -> Lab:
    return lab_of(np.array([css_colours()[name] for name in names], np.uint8))


@cache
def alike_colours() -> dict[str, frozenset[str]]:
    """Names that may be taken for a name, itself among them.

    Those nearer than ``ALIKE_DISTANCE``; and those between which there are colours about as near to one as to the
    other, however far apart they are (black and darkslategray, say).
    """
    names = tuple(css_colours())
    lab = _lab_of_names(names)
    alike = (_squared(lab, lab) < (255 * ALIKE_DISTANCE) ** 2) | _tied(names)
    return {name: frozenset(np.array(names)[row].tolist()) for name, row in zip(names, alike, strict=True)}


def _tied(names: tuple[str, ...]) -> NDArray[np.bool_]:
    """(N, N): some colour has one of two names, and the other is hardly farther from it."""
    side = np.linspace(0, 255, STEPS).astype(np.uint8)
    cube = lab_of(np.stack(np.meshgrid(side, side, side), axis=-1).reshape(-1, 3))
    places = _nearest(cube)
    cube, places = cube[places >= 0], places[places >= 0]
    own = np.array([names.index(name) for name in naming_colours()])[places]
    distances = np.sqrt(_squared(cube, _lab_of_names(names))) / 255
    colours, others = np.nonzero(distances <= distances[np.arange(len(own)), own][:, None] + TIE)
    tied = np.zeros((len(names), len(names)), np.bool_)
    tied[own[colours], others] = True
    result: NDArray[np.bool_] = tied | tied.T
    return result
