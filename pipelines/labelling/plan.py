"""What a run still has to do: which shards are not done, and why."""

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import StoreError, UserError
from pipelines.labelling.job import Job
from pipelines.storage.files import names, read_whole, spread
from pipelines.storage.manifest import (
    KINDS,
    SCHEMA_VERSION,
    SchemaVersionError,
    inputs_path,
    metadata_of,
    open_part,
    part_name,
    working,
)
from pipelines.storage.name_set import NameSet
from pipelines.storage.pictures import PICTURES
from pipelines.storage.versions import committed, folder_of, read_version

J = TypeVar("J", bound=Job)


@dataclass(frozen=True, slots=True)
class Plan(Generic[J]):
    """The shards to do, and the number of shards per reason, for the console."""

    jobs: list[J]
    reasons: dict[str, int]


def make_plan(jobs: list[J]) -> Plan[J]:
    """Find the shards whose results are missing or no longer what their inputs and settings would give.

    Looks at the parts' stamps, the inputs' marks, and whether the pictures stand; decodes nothing.
    """
    if not jobs:
        return Plan([], {})
    out = jobs[0].config.out
    standing = {name: NameSet(names(out / name)) for name in PICTURES}
    reasons: Counter[str] = Counter()
    todo = []
    for job, reason in zip(jobs, spread(out, lambda job: _why(job, standing), jobs), strict=True):
        if reason:
            reasons[reason] += 1
            todo.append(job)
    return Plan(_with_earlier(todo), dict(reasons))


def _with_earlier(jobs: list[J]) -> list[J]:
    """The jobs with the newest version's parts that have their images, where it has another number of shards.

    Both numbers are powers of two, so one divides the other. The working parts change under the run's hands, a version
    does not.
    """
    numbers = committed(jobs[0].config.out) if jobs else []
    if not numbers:
        return jobs
    out, shards = jobs[0].config.out, jobs[0].shards
    try:
        version = read_version(out, numbers[-1])
    except UserError:
        return jobs
    parts: dict[int, list[Path]] = defaultdict(list)
    for part in version.parts:
        parts[part.shard].append(folder_of(out, version.version) / part.name)
    before = len(parts)
    if before in (0, shards):
        return jobs

    def earlier(job: J) -> tuple[Path, ...]:
        return tuple(path for shard in range(job.shard % before, before, shards) for path in parts[shard])

    return [replace(job, earlier=earlier(job)) for job in jobs]


def _why(job: Job, standing: dict[str, NameSet]) -> str | None:
    try:
        return _changed(job, standing)
    except FileNotFoundError:
        return "not done yet"
    except (StoreError, PermissionError):  # say nothing about the part
        raise
    except SchemaVersionError:
        return "schema changed"
    except (OSError, ValueError, pa.ArrowException):
        return "part damaged"


def _changed(job: Job, standing: dict[str, NameSet]) -> str | None:
    paths = [working(job.config.out, kind) / part_name(job.shard) for kind in KINDS]
    parts = [open_part(path) for path in paths]
    stamps = [metadata_of(path, part) for path, part in zip(paths, parts, strict=True)]
    if any(stamp["schema_version"] != str(SCHEMA_VERSION) for stamp in stamps):
        return "schema changed"
    for key, reason in (
        ("config_hash", "settings changed"),
        ("weights", "weights changed"),
        ("shards", "number of shards changed"),
        ("index_digest", "annotations changed"),
    ):
        if any(stamp.get(key) != job.stamp[key] for stamp in stamps):
            return reason
    if not _inputs_unchanged(job):
        return "images changed"
    return None if all(_pictures_stand(part, standing) for part in parts) else "pictures missing"


def _inputs_unchanged(job: Job) -> bool:
    try:
        known = orjson.loads(read_whole(inputs_path(job.config.out, job.shard)))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(known, dict) and all(job.mark_of(name) == then for name, then in known.items())


def _pictures_stand(part: Any, standing: dict[str, NameSet]) -> bool:
    table = pq.read_table(part, columns=list(PICTURES.values()))
    for folder, column in PICTURES.items():
        for path in table[column].to_pylist():
            if path is not None and Path(path).name not in standing[folder]:
                return False
    return True
