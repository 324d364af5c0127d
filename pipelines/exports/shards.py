"""Mattes cut into shards of one size, each with the digest of what it is made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
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
    """Shards in order; all mattes of a manifest are of one split.

    Args:
        items: the mattes.
        size: the most to a shard; it ends sooner where its photos have more than ``PIXELS``.
    """
    some: list[Chosen] = []
    pixels = number = 0
    for item in items:
        area = item.row.image_width * item.row.image_height
        if some and (len(some) == size or pixels + area > PIXELS):
            yield _shard(some, number)
            number, some, pixels = number + 1, [], 0
        some.append(item)
        pixels += area
    if some:
        yield _shard(some, number)


def _shard(items: list[Chosen], number: int) -> Shard:
    text = orjson.dumps([record(item) for item in items], option=orjson.OPT_SORT_KEYS)
    return Shard(items[0].row.split, number, items, sha256(text).hexdigest())
