"""At which sides an entity is cut off by the border of its own picture."""

from typing import Literal

import numpy as np

from pipelines.refmatte.composition.records import Alpha, Arrangement, CompositionFailed

Side = Literal["left", "right", "top", "bottom"]
Cuts = frozenset[Side]

OPAQUE = 0.8
"""Share of the largest alpha from which a border pixel counts: contours that end by themselves fade out there."""
LEAST_RUN = 0.04
"""Share of a side that is opaque at its border, from which the entity is cut there."""
DEPTH = 0.02
"""How far in, of the extent, the run at the border is compared with the entity's own: a round end has widened there."""
SAME_RUN = 0.6
"""Share of the run farther in that is opaque at the border, from which the entity is cut there."""


def cut_sides(alpha: Alpha) -> Cuts:
    """Sides at which an alpha, cropped to its extent, ends abruptly and in full width.

    Args:
        alpha: (h, w) uint8.
    """
    views: dict[Side, Alpha] = {"top": alpha, "bottom": alpha[::-1], "left": alpha.T, "right": alpha.T[::-1]}
    opaque = OPAQUE * int(alpha.max())
    return frozenset(side for side, view in views.items() if _is_cut(view, opaque))


def _is_cut(view: Alpha, opaque: float) -> bool:
    """Whether the entity is cut at the first row."""
    inner = min(len(view) - 1, max(2, round(DEPTH * len(view))))
    run, within = (int(np.count_nonzero(view[row] >= opaque)) for row in (0, inner))
    return run >= max(2, LEAST_RUN * view.shape[1]) and run >= SAME_RUN * within


def check_cuts(cuts: list[Cuts], arrangement: Arrangement) -> None:
    """Refuse what no placement can put on the image's border.

    Raises:
        CompositionFailed: for the reason ``cut``.
    """
    for number, sides in enumerate(cuts, 1):
        if len(sides) == 4:
            raise CompositionFailed("cut", f"entity {number} is cut off at all sides, expected one that ends by itself")
    if arrangement == "vertical":
        if any({"top", "bottom"} <= sides for sides in cuts):
            raise CompositionFailed("cut", "an entity is cut off at the top and bottom, expected one end at most")
        for side in ("top", "bottom"):
            if (found := sum(side in sides for sides in cuts)) > 1:
                raise CompositionFailed(
                    "cut", f"{found} entities are cut off at the {side}, expected at most one above or below another"
                )
    if arrangement == "horizontal":
        if any({"left", "right"} <= sides for sides in cuts):
            raise CompositionFailed("cut", "an entity is cut off at the left and right, expected one side at most")
        # Mirrored, it may be at either end.
        if (found := sum(bool({"left", "right"} & sides) for sides in cuts)) > 2:
            raise CompositionFailed("cut", f"{found} entities are cut off at a side, expected at most two")


def mirrored(cuts: Cuts) -> Cuts:
    """The cuts of the same entity flipped from left to right."""
    other: dict[Side, Side] = {"left": "right", "right": "left", "top": "top", "bottom": "bottom"}
    return frozenset(other[side] for side in cuts)
