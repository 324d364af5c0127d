"""Shards of formats whose pictures are files of their own: lines of JSON, one a matte, from which the rest is made."""

from collections.abc import Iterable
from typing import Any

import orjson

FOLDER = ".work/records"
"""Folder of the shards below the export's folder."""


def shard_file(split: str, number: int) -> str:
    """Name of a shard's file."""
    return f"{FOLDER}/{split}-{number:05d}.jsonl"


def lines(entries: Iterable[dict[str, Any]]) -> bytes:
    """Entries as lines."""
    return b"".join(orjson.dumps(entry, option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE) for entry in entries)
