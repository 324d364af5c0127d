"""Where entities go: draws of places that should make a relation true. Whether they do is measured afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from pipelines.refmatte.composition.cuts import Cuts, mirrored
from pipelines.refmatte.composition.measuring import overlap
from pipelines.refmatte.composition.records import Alpha, Arrangement
from pipelines.refmatte.composition.rendering import Piece, scaled_alpha
from pipelines.refmatte.composition.settings import CompositionSettings

LOWEST = 0.99
"""Lowest place of feet, of the image's height."""
FORWARD = (0.02, 0.08)
"""How much lower the feet of what is one step nearer are, of the image's height."""
SEARCH_SIDE = 160
"""Pixels of the image's longer side while overlaps are searched."""
SEARCH_STEPS = 24
"""Places that are tried to either side of an entity."""
OTHER_SIDE = 0.1
"""How much nearer the overlap must come to what is wanted on the side that was not drawn."""
NARROWER = 0.55
"""Least share of an entity's width that it adds to a row in depth."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What placing needs of a layer.

    Attributes:
        alpha: (h, w) uint8, a small copy.
        size: width and height of the layer in pixels.
        cuts: sides that must lie on the image's border.
        unit: scale at which its size beside others is right.
    """

    alpha: Alpha
    size: tuple[int, int]
    cuts: Cuts
    unit: float


@dataclass(frozen=True, slots=True)
class Place:
    """A place in an image: left, top, width and height in its pixels; ``flip`` is from left to right."""

    x: float
    y: float
    width: float
    height: float
    flip: bool

    def box(self, scale: float, shape: tuple[int, int]) -> tuple[int, int, int, int]:
        """Whole pixels x, y, width, height in an image scaled by ``scale`` to ``shape``, height and width."""
        x0, x1 = (min(max(round(v * scale), 0), shape[1]) for v in (self.x, self.x + self.width))
        y0, y1 = (min(max(round(v * scale), 0), shape[0]) for v in (self.y, self.y + self.height))
        x0, y0 = min(x0, shape[1] - 1), min(y0, shape[0] - 1)
        return x0, y0, max(x1 - x0, 1), max(y1 - y0, 1)


@dataclass(frozen=True, slots=True)
class Placed:
    """Places of all entities, and their indices from front to back and along the arrangement."""

    places: list[Place]
    order: list[int]
    chain: list[int]


@dataclass(slots=True, eq=False)
class _Turned:
    """A subject as it will stand: scaled, perhaps mirrored."""

    subject: Subject
    index: int
    width: float
    height: float
    flip: bool

    @property
    def cuts(self) -> Cuts:
        return mirrored(self.subject.cuts) if self.flip else self.subject.cuts

    def at(self, x: float, y: float, size: tuple[int, int]) -> Place:
        """At a place, or the nearest inside the image where its cut sides lie on the border."""
        w, h = size
        x, y = min(max(x, 0.0), w - self.width), min(max(y, 0.0), h - self.height)
        x = 0.0 if "left" in self.cuts else w - self.width if "right" in self.cuts else x
        y = h - self.height if "bottom" in self.cuts else 0.0 if "top" in self.cuts else y
        return Place(x, y, self.width, self.height, self.flip)


def draw_places(
    subjects: Sequence[Subject],
    size: tuple[int, int],
    arrangement: Arrangement,
    settings: CompositionSettings,
    rng: np.random.Generator,
) -> Placed:
    """Draw places for two or three entities.

    Args:
        subjects: in the layers' order.
        size: width and height of the image.
        arrangement: what is wanted of neighbours in ``Placed.chain``: left to right, top to bottom, or front to back.
        settings: of composition.
        rng: of every draw.
    """
    jitter = rng.uniform(1 - settings.size_jitter, 1 + settings.size_jitter, len(subjects))
    turned = [
        _Turned(s, i, s.size[0] * s.unit * j, s.size[1] * s.unit * j, bool(rng.random() < 0.5))
        for i, (s, j) in enumerate(zip(subjects, jitter, strict=True))
    ]
    row = [turned[i] for i in rng.permutation(len(turned))]
    fill = float(rng.uniform(settings.least_fill, 1))
    if arrangement == "horizontal":
        return _side_by_side(_ends_at_sides(row), size, fill, settings, rng)
    if arrangement == "vertical":
        return _stacked(sorted(row, key=_height_rank), size, fill, settings, rng)
    return _in_depth(row, size, fill, settings, rng)


def _ends_at_sides(row: list[_Turned]) -> list[_Turned]:
    """What is cut at a side goes to that end of the row; of two that are cut at the same, one is mirrored."""
    sided = [one for one in row if one.cuts & {"left", "right"}]
    if len(sided) == 2 and sided[0].cuts & sided[1].cuts & {"left", "right"}:
        sided[1].flip = not sided[1].flip
    return sorted(row, key=lambda one: ("right" in one.cuts) - ("left" in one.cuts))


def _height_rank(one: _Turned) -> int:
    """Cut at the top is above all, cut at the bottom below."""
    return ("bottom" in one.cuts) - ("top" in one.cuts)


def _grow(row: Sequence[_Turned], factor: float, size: tuple[int, int], settings: CompositionSettings) -> None:
    """Scale all, none beyond what its pixels bear; those cut at two opposite sides span the image between them."""
    for one in row:
        w, h = one.subject.size
        most = settings.max_enlarged
        whole = [size[0] / w] * ({"left", "right"} <= one.cuts) + [size[1] / h] * ({"top", "bottom"} <= one.cuts)
        scale = whole[0] if whole else min(factor * one.width / w, most)
        one.width, one.height = w * scale, h * scale


def _room(one: _Turned, size: tuple[int, int], settings: CompositionSettings) -> tuple[float, float]:
    """Width and height that an entity may have at most."""
    free = 1 - 2 * settings.headroom
    return size[0] * free, size[1] * (1 - settings.headroom if one.cuts & {"top", "bottom"} else free)


def _fit(row: Sequence[_Turned], size: tuple[int, int], settings: CompositionSettings) -> float:
    """Most factor at which each entity fits into the image by itself."""
    rooms = [_room(one, size, settings) for one in row]
    return min(min(w / one.width, h / one.height) for one, (w, h) in zip(row, rooms, strict=True))


def _feet(settings: CompositionSettings, rng: np.random.Generator) -> float:
    return float(rng.uniform(settings.feet, LOWEST))


def _overlaps(lengths: list[float], settings: CompositionSettings, rng: np.random.Generator) -> list[float]:
    """How far neighbours reach into each other; less than 0 is a gap."""
    return [float(rng.uniform(-1, 1)) * settings.side_overlap * min(pair) for pair in pairwise(lengths)]


def _side_by_side(
    row: list[_Turned], size: tuple[int, int], fill: float, settings: CompositionSettings, rng: np.random.Generator
) -> Placed:
    w, h = size
    room = w * (1 - settings.headroom)
    _grow(row, fill * min(_fit(row, size, settings), room / sum(one.width for one in row)), size, settings)
    overlaps = _overlaps([one.width for one in row], settings, rng)
    taken = sum(one.width for one in row) - sum(overlaps)
    # What is left over goes before, between and after them.
    gaps = rng.dirichlet(np.ones(len(row) + 1)) * max(0.0, w - taken)
    feet = _feet(settings, rng) * h
    x, places = 0.0, {}
    for one, gap, shared in zip(row, gaps, [*overlaps, 0.0], strict=False):
        x += gap
        level = min(feet + float(rng.uniform(-1, 1)) * FORWARD[0] * h, LOWEST * h)
        places[one.index] = one.at(x, level - one.height, size)
        x += one.width - shared
    return _placed(places, row, size)


def _stacked(
    row: list[_Turned], size: tuple[int, int], fill: float, settings: CompositionSettings, rng: np.random.Generator
) -> Placed:
    w, h = size
    _recede(list(reversed(row)), settings)
    room = h * (1 - settings.headroom)
    _grow(row, fill * min(_fit(row, size, settings), room / sum(one.height for one in row)), size, settings)
    feet = LOWEST * h - float(rng.uniform(*FORWARD)) * h
    if "bottom" in row[-1].cuts:
        feet = h
    overlaps = _overlaps([one.height for one in row], settings, rng)
    taken = sum(one.height for one in row) - sum(overlaps)
    gaps = rng.dirichlet(np.ones(len(row))) * max(0.0, feet - taken)
    centre = float(rng.uniform(0.35, 0.65)) * w
    y, places = 0.0, {}
    for one, gap, shared in zip(row, gaps, [*overlaps, 0.0], strict=True):
        y += gap
        reach = max(0.0, w / 2 - one.width / 2) / 2
        x = centre + float(rng.uniform(-reach, reach)) - one.width / 2
        places[one.index] = one.at(x, y, size)
        y += one.height - shared
    return _placed(places, row, size)


def _recede(row: Sequence[_Turned], settings: CompositionSettings) -> None:
    """Each of a row, nearest first, is a step farther than the one before it, and smaller by that."""
    for steps, one in enumerate(row):
        one.width *= settings.perspective**steps
        one.height *= settings.perspective**steps


def _placed(places: dict[int, Place], row: Sequence[_Turned], size: tuple[int, int]) -> Placed:
    """In front are those whose feet are lower; what is cut at the bottom is nearest of all."""
    order = sorted(places, key=lambda index: -(places[index].y + places[index].height))
    return Placed([places[index] for index in sorted(places)], order, [one.index for one in row])


def _in_depth(
    row: list[_Turned], size: tuple[int, int], fill: float, settings: CompositionSettings, rng: np.random.Generator
) -> Placed:
    """From the back one to the front one, each where it covers as much of the one before as is drawn."""
    w, h = size
    # What is cut at the bottom has no feet to stand farther back with.
    row = sorted(row, key=lambda one: "bottom" not in one.cuts)
    _recede(row, settings)
    widest = max(one.width for one in row)
    rest = sum(one.width for one in row) - widest
    room = w * (1 - settings.headroom)
    _grow(row, fill * min(_fit(row, size, settings), room / (widest + NARROWER * rest)), size, settings)
    feet = _feet(settings, rng) * h
    levels = [feet]
    for _ in row[1:]:
        levels.append(levels[-1] - float(rng.uniform(*FORWARD)) * h)
    back = row[-1]
    slack = w - back.width
    places = {back.index: back.at(slack * float(rng.uniform(0, 1)), levels[-1] - back.height, size)}
    side = 1 if rng.random() < 0.5 else -1
    for behind, one, level in zip(row[:0:-1], row[-2::-1], levels[-2::-1], strict=True):
        wanted = float(rng.uniform(*settings.depth_overlap))
        side = side if rng.random() < 0.75 else -side
        base = level - one.height
        places[one.index] = _covering(one, base, (behind, places[behind.index]), (wanted, side), size)
    chain = [one.index for one in row]
    return Placed([places[index] for index in sorted(places)], chain, chain)


def _covering(
    one: _Turned, y: float, behind: tuple[_Turned, Place], draw: tuple[float, int], size: tuple[int, int]
) -> Place:
    """The place beside another entity, on the drawn side if it can be, where the overlap is nearest to the wanted."""
    wanted, side = draw
    other, place = behind
    scale = SEARCH_SIDE / max(size)
    shape = round(size[1] * scale), round(size[0] * scale)
    still = _piece(other, place, scale, shape)
    first = one.at(0, y, size)
    moving = _piece(one, first, scale, shape)
    centre = place.x + (place.width - one.width) / 2
    reach = (place.width + one.width) / 2
    tried, costs = [], []
    for toward, cost in ((side, 0.0), (-side, OTHER_SIDE)):
        for step in range(SEARCH_STEPS):
            at = one.at(centre + toward * reach * step / SEARCH_STEPS, y, size)
            tried.append(at)
            costs.append(abs(overlap(replace(moving, x=round(at.x * scale)), still) - wanted) + cost)
    return tried[int(np.argmin(costs))]


def _piece(one: _Turned, place: Place, scale: float, shape: tuple[int, int]) -> Piece:
    x, y, w, h = place.box(scale, shape)
    return Piece(x, y, scaled_alpha(one.subject.alpha, (w, h), one.flip))
