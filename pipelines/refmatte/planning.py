"""Which entities and which background every image gets, before a picture is opened."""

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Generic, Literal, TypeVar, get_args

import numpy as np
from pydantic import Field

from pipelines.config import Settings
from pipelines.errors import UserError
from pipelines.refmatte.entities.names import GROUPS, Say, silent
from pipelines.refmatte.records import Background, Entity, Planned, Split
from pipelines.refmatte.splits import SPLITS, Rule, split_backgrounds, split_entities

T = TypeVar("T")
Arrangement = Literal["horizontal", "vertical", "depth"]
ARRANGEMENTS: tuple[Arrangement, ...] = get_args(Arrangement)
FEWEST = 2
"""Entities of an image."""
COPIES = 10
"""Turns of the groups that are shuffled together: their shares are exact after as many turns, and which group comes
next is nearly by chance."""


class PlanShares(Settings):
    """What images are of, as shares."""

    human: int = Field(5, ge=0)
    """Share of humans among the entities of images: human, animal and object are as 5 to 1 to 1 (section 2.1)."""
    animal: int = Field(1, ge=0)
    """Share of animals."""
    object: int = Field(1, ge=0)
    """Share of objects."""
    three: float = Field(22494 / 45000, ge=0, le=1)
    """Share of images with three entities, the others have two: 45,000 published images for training have 112,506
    mattes, 22,506 more than two each."""
    test: float = Field(2500 / 47500, ge=0, lt=1)
    """Share of images for testing: 2,500 of the published 47,500."""
    test_entities: float = Field(1388 / 13187, ge=0, lt=1)
    """Share of photos for testing, of those whose source does not say, and of backgrounds: of 13,187 published entities
    1,388 are for testing (Table 1)."""
    splits: Rule = "stated"
    """stated: an entity is in the split of its source, where that has some. photo: a share of all photos is for
    testing, whatever their sources say."""
    long_tail: int = Field(3, ge=0)
    """Categories with fewer photos are for training alone, as the paper moves its long tail there (section 2.1). How
    long it is, is not said: of 209 categories of objects with 1,024 entities (Table 1) 45 are tested, and where sizes
    fall as 1 / rank the 45th has 3.8 photos and the 57th 3; with three a category can be tested and learnt from two."""
    horizontal: float = Field(1.0, ge=0)
    """Share of images made for left and right. The relations are "balanced" (section 2.2): a third each."""
    vertical: float = Field(1.0, ge=0)
    """Share of images made for top and bottom."""
    depth: float = Field(1.0, ge=0)
    """Share of images made for front and behind."""


class PlanSettings(PlanShares):
    """How many images there are, and of what."""

    count: int = Field(5000, ge=1)
    """Images, of both splits together; the paper's set has 47,500."""
    seed: int = Field(0, ge=0)
    """Of every draw; what is in which split does not depend on it."""


def plan_images(
    entities: Sequence[Entity], backgrounds: Sequence[Background], settings: PlanSettings, say: Say = silent
) -> list[Planned]:
    """Plan all images.

    Entities of a group take turns in shuffled order, and so do backgrounds: none is used again before all of its split
    have been. An image depends on its number, the seed and the lists, not on how many images are made.

    Args:
        entities, backgrounds: all there are, in any order.
        settings: how many, and of what.
        say: told in a sentence where something cannot be had, such as a group without entities.

    Returns:
        ``settings.count`` images, numbered from 1.

    Raises:
        UserError: no split has two entities and a background, or the shares leave nothing.
    """
    _check(settings)
    wanted = sorted((e for e in entities if getattr(settings, e.group)), key=lambda entity: entity.entity_id)
    tested = settings.test_entities if settings.test else 0
    by_split = split_entities(wanted, settings.splits, tested, settings.long_tail, say)
    behind = split_backgrounds(sorted(backgrounds, key=lambda b: b.name), tested)
    splits = _splits(settings, by_split, behind, say)
    draws = {split: _Draws(by_split[split], behind[split], settings, split) for split in dict.fromkeys(splits)}
    for split, of_split in draws.items():
        if of_split.missing:
            say(f"images for {split} are without {' and '.join(of_split.missing)}, since it has no such entity")
    return [draws[split].image(number) for number, split in enumerate(splits, start=1)]


def _check(settings: PlanSettings) -> None:
    for names in (GROUPS, ARRANGEMENTS):
        if not any(getattr(settings, name) for name in names):
            raise UserError(f"the shares of {', '.join(names)} are all 0, expected one above")


def _splits(
    settings: PlanSettings,
    entities: Mapping[Split, Sequence[Entity]],
    backgrounds: Mapping[Split, Sequence[Background]],
    say: Say,
) -> list[Split]:
    """The split of every image; those for testing are spread evenly."""
    possible = [split for split in SPLITS if len(entities[split]) >= FEWEST and backgrounds[split]]
    found = "; ".join(f"for {s} entities: {len(entities[s])}, backgrounds: {len(backgrounds[s])}" for s in SPLITS)
    if not possible:
        raise UserError(f"fewer entities or backgrounds than an image needs, which are {FEWEST} and 1: found {found}")
    if len(possible) < len(SPLITS):
        if settings.test:
            say(f"all images are for {possible[0]}: an image needs {FEWEST} entities and a background; found {found}")
        return possible * settings.count
    share = Fraction(settings.test).limit_denominator(10**6)
    passed = [int(share * number + Fraction(1, 2)) for number in range(settings.count + 1)]
    return ["test" if after > before else "train" for before, after in pairwise(passed)]


class _Draws:
    """What images of a split get, in their order; ``missing`` are groups that it has no entity of."""

    def __init__(
        self, entities: Sequence[Entity], backgrounds: Sequence[Background], settings: PlanSettings, split: Split
    ) -> None:
        self._settings, self._split = settings, split
        seeds = [settings.seed, SPLITS.index(split)]
        of_group = {name: [entity for entity in entities if entity.group == name] for name in GROUPS}
        self.missing = [name for name in GROUPS if getattr(settings, name) and not of_group[name]]
        self._queues = {
            name: _Turns(members, np.random.default_rng([*seeds, 0, place]))
            for place, (name, members) in enumerate(of_group.items())
            if members
        }
        turns = [name for name in self._queues for _ in range(COPIES * getattr(settings, name))]
        self._groups = _Turns(turns, np.random.default_rng([*seeds, 1]))
        self._backgrounds = _Turns(backgrounds, np.random.default_rng([*seeds, 2]))
        self._most = len(entities)

    def image(self, number: int) -> Planned:
        """Plan the next image."""
        settings = self._settings
        rng = np.random.default_rng([settings.seed, number])
        count = min(3 if rng.random() < settings.three else FEWEST, self._most)
        arrangement = _arrangement(rng.random(), settings)
        chosen: list[Entity] = []
        for _ in range(count):
            chosen.append(self._next(chosen))
        seed = int(rng.integers(2**63))
        return Planned(number, self._split, tuple(chosen), self._backgrounds.next(), arrangement, seed)

    def _next(self, chosen: Collection[Entity]) -> Entity:
        """Of the group whose turn it is, else, where that is used up in this image, of another one."""
        first = self._groups.next()
        for group in (first, *(name for name in self._queues if name != first)):
            entity = self._queues[group].other_than(chosen)
            if entity is not None:
                return entity
        raise AssertionError


def _arrangement(drawn: float, settings: PlanSettings) -> Arrangement:
    """By a number from 0 to below 1."""
    ends = np.cumsum([getattr(settings, name) for name in ARRANGEMENTS])
    return ARRANGEMENTS[int(np.searchsorted(ends, drawn * ends[-1], side="right"))]


class _Turns(Generic[T]):
    """Items of a list, again and again, each time in another order."""

    def __init__(self, items: Sequence[T], rng: np.random.Generator) -> None:
        self._items, self._rng = items, rng
        self._queue: deque[T] = deque()

    def next(self) -> T:
        """Whose turn it is."""
        if not self._queue:
            self._refill()
        return self._queue.popleft()

    def other_than(self, barred: Collection[T]) -> T | None:
        """Whose turn it is, of items that differ, but for those barred, whose turn comes later; None if all are."""
        if all(item in barred for item in self._items[: len(barred) + 1]):
            return None
        place = 0
        while True:
            if place == len(self._queue):
                self._refill()
            if self._queue[place] not in barred:
                item = self._queue[place]
                del self._queue[place]
                return item
            place += 1

    def _refill(self) -> None:
        self._queue.extend(self._items[place] for place in self._rng.permutation(len(self._items)))
