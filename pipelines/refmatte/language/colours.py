"""CSS colour names, and which of them a viewer may take for one another."""

from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import ImageColor
from skimage.color import rgb2lab

ALIKE_DISTANCE = 25.0
"""Distance in Lab below which two names are taken for one another. An entity's name is that nearest to its colour, up
to about 10 away from it; a viewer sees the colour, and is as free in naming it."""

ROUNDING = 1e-6
"""Of squared distances of points that coincide."""


@cache
def css_colours() -> dict[str, tuple[int, int, int]]:
    """All CSS colour names, both spellings of gray among them, and their sRGB values from 0 to 255."""
    return {name: ImageColor.getrgb(name)[:3] for name in ImageColor.colormap}


@cache
def alike_colours() -> dict[str, frozenset[str]]:
    """Names that may be taken for a name, itself among them.

    Those nearer than ``ALIKE_DISTANCE``; and neighbours, however far: halfway between them no other name is nearer, so
    that colours which hardly differ have one name or the other (black and darkslategray, say).
    """
    names = list(css_colours())
    rgb = np.array([css_colours()[name] for name in names]) / 255
    distances = _distances(rgb2lab(rgb[None])[0])
    alike = (distances < ALIKE_DISTANCE) | _neighbours(distances)
    return {name: frozenset(np.array(names)[row].tolist()) for name, row in zip(names, alike, strict=True)}


def _distances(lab: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) -> (N, N)."""
    result: NDArray[np.float64] = np.linalg.norm(lab[:, None] - lab[None], axis=-1)
    return result


def _neighbours(distances: NDArray[np.float64]) -> NDArray[np.bool_]:
    """(N, N): no third point lies in the ball whose diameter joins the two, which by Pythagoras is a right angle there
    or less."""
    squared = distances**2
    legs = squared[:, None, :] + squared[None, :, :]
    result: NDArray[np.bool_] = np.all(legs >= squared[..., None] - ROUNDING, axis=-1)
    return result
