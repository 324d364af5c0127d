"""Mattes cut into shards of one size, each with the digest of what it is made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

import orjson

from pipelines.exports.choice import Chosen
from pipelines.exports.record import record


@dataclass(frozen=True, slots=True)
class Shard:
    """Some mattes of one split.

    Attributes:
        split: their split.
        number: from 0 on within the split.
        items: the mattes.
        source: digest of their rows, and so of all their pictures.
    """

    split: str
    number: int
    items: list[Chosen]
    source: str


PIXELS = 400_000_000
"""Pixels of photos after which a shard ends, so that it fits into memory a few times: COCO's never come so far."""


def cut(items: Iterable[Chosen], size: int) -> Iterator[Shard]:
    """Shards of one split each, in the order in which they are full, and what is left of each split in the end.

    Args:
        items: the mattes.
        size: the most to a shard; it ends sooner where its photos have more than ``PIXELS``.
    """
    opened: dict[str, _Open] = {}
    for item in items:
        shard = opened.setdefault(item.row.split, _Open(item.row.split))
        area = item.row.image_width * item.row.image_height
        if shard.items and (len(shard.items) == size or shard.pixels + area > PIXELS):
            yield shard.closed()
            shard = opened[shard.split] = _Open(shard.split, shard.number + 1)
        shard.items.append(item)
        shard.pixels += area
    for split in sorted(opened):
        yield opened[split].closed()


@dataclass(slots=True)
class _Open:
    """A shard that mattes still come to."""

    split: str
    number: int = 0
    items: list[Chosen] = field(default_factory=list)
    pixels: int = 0

    def closed(self) -> Shard:
        text = orjson.dumps([record(item) for item in self.items], option=orjson.OPT_SORT_KEYS)
        return Shard(self.split, self.number, self.items, sha256(text).hexdigest())
