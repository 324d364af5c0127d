"""Mattes cut into shards of one size, each with the digest of what it is made from."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice

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


def cut(items: Iterable[Chosen], size: int) -> Iterator[Shard]:
    """Shards in order; all mattes of a manifest are of one split."""
    rest = iter(items)
    number = 0
    while some := list(islice(rest, size)):
        text = orjson.dumps([record(item) for item in some], option=orjson.OPT_SORT_KEYS)
        yield Shard(some[0].row.split, number, some, sha256(text).hexdigest())
        number += 1
