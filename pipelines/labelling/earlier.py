"""Rows of earlier runs, which stand where nothing that they depend on has changed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path

import pyarrow as pa

from pipelines.errors import StoreError
from pipelines.labelling.job import Job
from pipelines.records import ImageRecord, Instance
from pipelines.storage.files import mark
from pipelines.storage.manifest import KINDS, part_name, read_metadata, read_part, working
from pipelines.storage.pictures import PICTURES

WITH_DIGESTS = 3
"""Rows of earlier schemas lack columns that a part must have now; what version 4 added is in the annotations."""


class EarlierRows:
    """Rows that a shard may take over: those of its standing parts, else those of earlier ones.

    Args:
        job: the shard.
    """

    def __init__(self, job: Job) -> None:
        standing = [working(job.config.out, kind) / part_name(job.shard) for kind in KINDS]
        self._out = job.config.out
        self._rows = _rows_of(job.earlier, job) | _rows_of(standing, job)

    def of(self, record: ImageRecord, input_hash: str) -> list[Instance]:
        """A photo's rows, as ``standing``, with the rights that its record now says."""
        return [replace(row, **asdict(record.rights)) for row in self.standing(record.image_id, input_hash)]

    def has(self, image_id: int) -> bool:
        """Whether there are rows of an image, from whatever inputs."""
        return image_id in self._rows

    def standing(self, image_id: int, input_hash: str) -> list[Instance]:
        """An image's rows, if they came from the same inputs and their pictures stand; else none."""
        rows = self._rows.get(image_id, [])
        if any(row.input_hash != input_hash for row in rows):
            return []
        names = [name for row in rows for name in pictures_of(row)]
        return [] if any(mark(self._out / name) is None for name in names) else rows


def _rows_of(paths: Iterable[Path], job: Job) -> dict[int, list[Instance]]:
    """Rows of parts by image, where the settings were the same; none if a part is unusable."""
    rows: dict[int, list[Instance]] = defaultdict(list)
    for path in paths:
        try:
            stamp = read_metadata(path)
            wanted = {"config_hash": job.config_hash, "weights": job.weights}
            if wanted.items() <= stamp.items() and int(stamp["schema_version"]) >= WITH_DIGESTS:
                for row in read_part(path):
                    rows[row.image_id].append(row)
        except (StoreError, PermissionError):  # say nothing about the part
            raise
        except (OSError, ValueError, pa.ArrowException):
            return {}
    return rows


def pictures_of(row: Instance) -> list[str]:
    """Names of a row's pictures below the output folder."""
    return [n for n in (getattr(row, column) for column in PICTURES.values()) if n is not None]
