"""What is said of an entity beside its name."""

import numpy as np
from numpy.typing import NDArray

from pipelines.refmatte.language.colours import lab_of, name_of
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.records import ATTRIBUTES, Entity

SAMPLES = 128
"""Pixels of an entity whose colours are looked at, along each side: 16,384 of them tell the share of a colour to half
a percent."""
SOLID = 128
"""Least alpha of pixels that have a colour, where there are any: fainter ones are estimated rather than seen."""
HUMAN_ALONE = ("gender", "age", "clothes")
"""Attributes that only humans have (section 2.2 of the supplement)."""
_LIGHTNESS, _CHROMA = 32, 8
"""Sides of a cell of 8-bit Lab: shades of a colour differ in lightness more than in anything else."""


def attributes_of(entity: Entity, colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> tuple[tuple[str, str], ...]:
    """Attributes by name, in the order of ``ATTRIBUTES``.

    Transparency and salience are as the source states them, else by the category's place in the supplement's lists;
    gender, age and clothes only as stated; the colour is that of the pixels, where a name is true of it.

    Args:
        entity: what it is.
        colours: (H, W, 3) uint8, RGB, straight.
        alpha: (H, W) uint8, not 0 everywhere.

    Returns:
        For humans up to six, for others up to three.
    """
    of_kind = {name: value for name, value in entity.stated if entity.group == "human" or name not in HUMAN_ALONE}
    colour = colour_name(colours, alpha)
    found = _by_category(entity) | ({} if colour is None else {"colour": colour}) | of_kind
    return tuple((name, found[name]) for name in ATTRIBUTES if name in found)


def _by_category(entity: Entity) -> dict[str, str]:
    """Humans and animals are salient and not transparent, whatever they are called."""
    lists = read_data("categories") if entity.group == "object" else {}
    return {
        "transparent": "transparent" if entity.category in lists.get("transparent", ()) else "non-transparent",
        "salient": "non-salient" if entity.category in lists.get("non_salient", ()) else "salient",
    }


def colour_name(colours: NDArray[np.uint8], alpha: NDArray[np.uint8]) -> str | None:
    """CSS name of the colour that most of a foreground has; None where none is near.

    That is the mean of the densest neighbourhood of its pixels' colours in Lab, each counted by its alpha, named by
    the nearest of CSS. All is done in whole numbers, so that every machine gives the same name.

    Args:
        colours: (H, W, 3) uint8, RGB, straight.
        alpha: (H, W) uint8, not 0 everywhere.
    """
    rows, columns = (_spread(length) for length in alpha.shape)
    weights = alpha[np.ix_(rows, columns)].astype(np.int64)
    if not weights.any():
        rows, columns = (np.arange(length) for length in alpha.shape)
        weights = alpha.astype(np.int64)
    if (weights >= SOLID).any():
        weights[weights < SOLID] = 0
    kept = weights > 0
    lab = lab_of(colours[np.ix_(rows, columns)][kept])
    return name_of(_densest(lab, weights[kept]))


def _spread(length: int) -> NDArray[np.int64]:
    """At most ``SAMPLES`` places, evenly spread."""
    count = min(length, SAMPLES)
    return (2 * np.arange(count, dtype=np.int64) + 1) * length // (2 * count)


def _densest(lab: NDArray[np.int64], weights: NDArray[np.int64]) -> NDArray[np.int64]:
    """(3,) mean of the colours in the block of 3 x 3 x 3 cells that has most weight."""
    shape = (256 // _LIGHTNESS, 256 // _CHROMA, 256 // _CHROMA)
    cells = lab // (_LIGHTNESS, _CHROMA, _CHROMA)
    density = np.zeros(shape, np.int64)
    np.add.at(density, tuple(cells.T), weights)
    middle = np.array(np.unravel_index(int(_sums_of_blocks(density).argmax()), shape))
    inside = (np.abs(cells - middle) <= 1).all(axis=1)
    total = weights[inside].sum()
    mean: NDArray[np.int64] = ((lab[inside] * weights[inside, None]).sum(axis=0) + total // 2) // total
    return mean


def _sums_of_blocks(density: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each cell the sum of it and those that touch it."""
    for axis in range(density.ndim):
        padded = np.pad(density, [(1, 1) if side == axis else (0, 0) for side in range(density.ndim)])
        length = density.shape[axis]
        below, here, above = (np.take(padded, range(start, start + length), axis) for start in range(3))
        density = below + here + above
    return density
