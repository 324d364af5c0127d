"""Which split entities and backgrounds are in: what belongs together is in one, and nothing in two."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, get_args

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.records import Background, Entity, Group, Split

Rule = Literal["stated", "photo"]
"""``stated``: entities are in the split of their source, where that has some; ``photo``: a share of all photos is for
testing."""
SPLITS: tuple[Split, ...] = get_args(Split)
FEW = 2
"""Photos of a group that are for testing at least, where it has twice as many: small sets shall be tested too."""
NAMED = 5
"""Categories that a sentence names."""


def split_entities(
    entities: Iterable[Entity], rule: Rule, share: float, long_tail: int, say: Say
) -> dict[Split, list[Entity]]:
    """Entities by split, in their order; those of one photo are in one.

    Photos are for training if any of their entities is of a category with few photos, or is so by its source; for
    testing if any is by its source; the others by their names' digests, so that what is added later moves none.

    Args:
        entities: all there are.
        rule: whether sources count.
        share: of the photos that no source puts anywhere, how many are for testing.
        long_tail: categories with fewer photos are for training.
        say: told which those are.
    """
    photos: dict[str, list[Entity]] = defaultdict(list)
    for entity in entities:
        photos[entity.photo].append(entity)
    rare = _rare(photos, long_tail)
    if rare:
        more = f" and {len(rare) - NAMED} more" if len(rare) > NAMED else ""
        say(f"for training alone, since they have fewer than {long_tail} photos: {', '.join(rare[:NAMED])}{more}")
    decided = {name: _decided(members, set(rare), rule) for name, members in photos.items()}
    open_photos: dict[Group, list[str]] = defaultdict(list)
    for name, split in decided.items():
        if split is None:
            open_photos[photos[name][0].group].append(name)
    tested = {name for names in open_photos.values() for name in lowest(names, share, FEW)}
    found: dict[Split, list[Entity]] = {split: [] for split in SPLITS}
    for name, members in photos.items():
        found[decided[name] or ("test" if name in tested else "train")] += members
    return found


def split_backgrounds(backgrounds: Sequence[Background], share: float) -> dict[Split, list[Background]]:
    """Backgrounds by split, in their order; a share is for testing, at least one where there are two."""
    tested = lowest([background.name for background in backgrounds], share, 1)
    return {split: [b for b in backgrounds if (b.name in tested) == (split == "test")] for split in SPLITS}


def lowest(names: Sequence[str], share: float, least: int) -> frozenset[str]:
    """Those names whose digests are in the lowest ``share`` of all possible ones.

    At least ``least`` where there are twice as many, and where the share is above 0; never so many that fewer than
    ``least`` are left: a lone background is for training.
    """
    digests = {
        name: int.from_bytes(hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()[:8]) for name in names
    }
    below = sum(digest < share * 2**64 for digest in digests.values())
    if share > 0 and len(digests) >= 2 * least:
        below = max(below, least)
    below = min(below, max(len(digests) - least, 0))
    return frozenset(sorted(digests, key=lambda name: (digests[name], name))[:below])


def _rare(photos: Mapping[str, Sequence[Entity]], long_tail: int) -> list[str]:
    """Categories with fewer photos, in order."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, members in photos.items():
        for entity in members:
            found[entity.category].add(name)
    return sorted(category for category, names in found.items() if len(names) < long_tail)


def _decided(members: Sequence[Entity], rare: set[str], rule: Rule) -> Split | None:
    stated = {entity.split for entity in members} if rule == "stated" else set()
    if "train" in stated or any(entity.category in rare for entity in members):
        return "train"
    return "test" if "test" in stated else None
