"""Facts and positions that a composed image makes true: those that plainly hold, and those that may hold.

All lengths are shares of the image's width or height.
"""

from collections.abc import Iterable, Sequence
from itertools import permutations

from pipelines.refmatte.composition.measuring import Extent, Measured
from pipelines.refmatte.records import Fact, Position, Relation

SIDE_OVERLAP = 0.12
"""Most that extents of what is plainly side by side have in common, of the shorter one."""
SIDE_STEEPNESS = 0.5
"""Least distance between centres along a relation's axis, of that across it: 27 degrees off the other axis."""
SIDE_TOLERANCE = 0.15
"""How far a centre may be on the wrong side for a viewer to still agree, of the mean extent."""
COVERED = 0.08
"""Least covering at which one is plainly in front of another, of the smaller one."""
EXTREME_LEAD = 0.1
"""How much farther out the centre of the leftmost is than all others'."""
EXTREME_THIRD = 0.36
"""Farthest place of its centre from that side: a third, and a little for what is larger than a third."""
POSSIBLE_EXTREME = 0.55
"""Up to there a viewer may say that something is on the left."""
MIDDLE = 0.125
"""Farthest distance of the middle one's centre from the image's; heights count half, since things stand on floors."""
MIDDLE_LEAD = 0.1
"""How much farther all others' are."""
POSSIBLE_MIDDLE = 0.25
"""Up to there a viewer may say that something is in the middle."""

_OPPOSITE: dict[Relation, Relation] = {
    "left": "right", "right": "left", "top": "bottom", "bottom": "top", "front": "behind", "behind": "front"
}  # fmt: skip

_SIDES = ("left", "right", "top", "bottom")


def facts_of(measured: Measured) -> tuple[frozenset[Fact], frozenset[Fact]]:
    """Facts that plainly hold, and all that may hold, each in both directions; numbers are from 1."""
    plain: set[Fact] = set()
    possible: set[Fact] = set()
    nearer = _nearer(measured)
    for i, j in permutations(range(len(measured.x)), 2):
        x, y = (measured.x[i], measured.x[j]), (measured.y[i], measured.y[j])
        plain.update(_both(i, j, "left") if _is_before(x, y, measured.aspect) else ())
        plain.update(_both(i, j, "top") if _is_before(y, x, 1 / measured.aspect) else ())
        plain.update(_both(i, j, "front") if measured.covered[i, j] >= COVERED else ())
        possible.update(_both(i, j, "left") if _may_be_before(*x) else ())
        possible.update(_both(i, j, "top") if _may_be_before(*y) else ())
        # Who is nearer can be seen by what hides what alone: by height or size in the image viewers differ.
        possible.update(_both(i, j, "front") if (j, i) not in nearer else ())
    return frozenset(plain), frozenset(plain | possible)


def _both(subject: int, other: int, relation: Relation) -> tuple[Fact, Fact]:
    return Fact(subject + 1, relation, other + 1), Fact(other + 1, _OPPOSITE[relation], subject + 1)


def _is_before(along: tuple[Extent, Extent], across: tuple[Extent, Extent], aspect: float) -> bool:
    """Whether the first is plainly to the left of the second (or above); ``aspect`` is this axis over the other."""
    one, other = along
    shared = one.high - other.low
    apart = other.centre - one.centre
    steep = abs(across[1].centre - across[0].centre) * SIDE_STEEPNESS
    return shared <= SIDE_OVERLAP * min(one.length, other.length) and apart * aspect >= steep and apart > 0


def _may_be_before(one: Extent, other: Extent) -> bool:
    """Whether a viewer could agree that the first is to the left of the second (or above), by any of its marks."""
    behind = min(one.centre - other.centre, one.middle - other.middle, one.low - other.low, one.high - other.high)
    return behind <= SIDE_TOLERANCE * (one.length + other.length) / 2


def _nearer(measured: Measured) -> set[tuple[int, int]]:
    """Pairs of which the first plainly is in front of the second, or of one in front of it."""
    count = len(measured.x)
    nearer = {(i, j) for i, j in permutations(range(count), 2) if measured.covered[i, j] >= COVERED}
    chains = {(i, k) for i, j in nearer for other, k in nearer if j == other and i != k}
    return nearer | chains


def positions_of(measured: Measured) -> tuple[frozenset[tuple[int, Position]], frozenset[tuple[int, Position]]]:
    """(number, position) that plainly holds within the image, and all that may hold; numbers are from 1."""
    plain: set[tuple[int, Position]] = set()
    possible: set[tuple[int, Position]] = set()
    names: tuple[tuple[Position, Sequence[Extent]], ...] = (
        ("left", measured.x), ("right", _turned(measured.x)), ("top", measured.y), ("bottom", _turned(measured.y))
    )  # fmt: skip
    for name, extents in names:
        plain.update((i + 1, name) for i in range(len(extents)) if _is_first(extents, i))
        possible.update((i + 1, name) for i in range(len(extents)) if _may_be_first(extents, i))
    plain.update(_depths(measured, plainly=True))
    possible.update(_depths(measured, plainly=False))
    away = [_from_centre(x, y) for x, y in zip(measured.x, measured.y, strict=True)]
    aside = {number for number, position in plain if position in _SIDES}
    for i, distance in enumerate(away):
        lead = min(away[:i] + away[i + 1 :]) - distance
        if distance <= MIDDLE and lead >= MIDDLE_LEAD and i + 1 not in aside:
            plain.add((i + 1, "middle"))
        if distance <= POSSIBLE_MIDDLE or _covers_centre(measured.x[i], measured.y[i]):
            possible.add((i + 1, "middle"))
    return frozenset(plain), frozenset(plain | possible)


def _turned(extents: Iterable[Extent]) -> list[Extent]:
    """The extents as seen from the other side."""
    return [Extent(1 - one.high, 1 - one.low, 1 - one.centre) for one in extents]


def _is_first(extents: Sequence[Extent], index: int) -> bool:
    """Whether an entity plainly is on the left: in that third, and the farthest out of all."""
    one = extents[index]
    others = [other for place, other in enumerate(extents) if place != index]
    return one.centre <= EXTREME_THIRD and all(
        other.centre - one.centre >= EXTREME_LEAD and other.low >= one.low and other.high >= one.high
        for other in others
    )


def _may_be_first(extents: Sequence[Extent], index: int) -> bool:
    one = extents[index]
    if min(one.centre, one.middle) <= POSSIBLE_EXTREME:  # so is all that reaches the left edge
        return True
    return all(_may_be_before(one, other) for place, other in enumerate(extents) if place != index)


def _depths(measured: Measured, *, plainly: bool) -> set[tuple[int, Position]]:
    """Who is in front of all others, and who behind; if not plainly, of whom nothing denies it."""
    everyone = range(len(measured.x))
    nearer = _nearer(measured)
    farther = {(j, i) for i, j in nearer}
    found: set[tuple[int, Position]] = set()
    for i in everyone:
        others = [j for j in everyone if j != i]
        if all((i, j) in nearer if plainly else (i, j) not in farther for j in others):
            found.add((i + 1, "front"))
        if all((i, j) in farther if plainly else (i, j) not in nearer for j in others):
            found.add((i + 1, "behind"))
    return found


def _from_centre(x: Extent, y: Extent) -> float:
    return max(abs(x.centre - 0.5), abs(y.centre - 0.5) / 2)


def _covers_centre(x: Extent, y: Extent) -> bool:
    return x.low <= 0.5 <= x.high and y.low <= 0.5 <= y.high
