"""Sample ids that stand twice in a version."""

from collections.abc import Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.files import read_whole
from pipelines.storage.findings import Finding
from pipelines.storage.versions import PartFile, folder_of


class SampleIds:
    """Sample ids of a version in 8 bytes each, to find those that stand twice."""

    def __init__(self) -> None:
        self._digests: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        self._parts: list[PartFile] = []

    def add(self, part: PartFile, content: bytes) -> None:
        """Take the ids of one part."""
        ids = _sample_ids(content)
        self._digests.append(np.fromiter(map(short_digest, ids), np.uint64, len(ids)))
        self._parts.append(part)

    def duplicates(self, out: Path, number: int) -> Iterator[Finding]:
        """A finding for every further row with the same id."""
        if not self._digests:
            return
        values, counts = np.unique(np.concatenate(self._digests), return_counts=True)
        twice = set(values[counts > 1].tolist())
        seen: dict[str, str] = {}
        for part, digests in zip(self._parts, self._digests, strict=True):
            if not twice & set(digests.tolist()):
                continue
            path = f"versions/{number:06d}/{part.name}"
            for ident in _sample_ids(read_whole(folder_of(out, number) / part.name)):
                if short_digest(ident) in twice:
                    if ident in seen:
                        detail = f"sample {ident} stands in {seen[ident]} too"
                        yield Finding("duplicate", path, detail, part.shard, number)
                    seen.setdefault(ident, part.name)


def _sample_ids(content: bytes) -> list[str]:
    ids: list[str] = pq.read_table(pa.BufferReader(content), columns=["sample_id"])["sample_id"].to_pylist()
    return ids


def short_digest(text: str) -> int:
    """64 bits of a text's digest, so that a million fit into 8 MB."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
