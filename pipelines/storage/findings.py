"""What a check of an output folder finds."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from pipelines.storage.versions import PartFile


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is off.

    Attributes:
        kind: "missing", "damaged", "wrong_size", "orphan", "duplicate", "count" or "photo_changed".
        path: of the file, below the output folder; of a photo, below the image folder.
        detail: what was found and what was expected.
        shard: the shard that has to be done again, or None.
        version: the version that it concerns, or None.
        picture_of: of a picture, the part whose row names it; else None.
    """

    kind: str
    path: str
    detail: str
    shard: int | None = None
    version: int | None = None
    picture_of: PartFile | None = None


@dataclass(slots=True)
class Checked:
    """How much was looked at."""

    versions: int = 0
    parts: int = 0
    rows: int = 0
    pictures: int = 0
    photos: int = 0
    bytes: int = 0
    findings: int = 0
    under_way: bool = False
    seen: set[str] = field(default_factory=set)
    photos_seen: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a part, as far as it is checked."""

    values: dict[str, Any]
    part: PartFile
    version: int


@dataclass(slots=True)
class Repaired:
    """What a repair did.

    Attributes:
        cleared: findings that are gone, or are when the next run has ended.
        left: findings that were left alone, by the reason.
        again: the shards that the next run does again.
    """

    cleared: int = 0
    left: Counter[str] = field(default_factory=Counter)
    again: set[int] = field(default_factory=set)
