"""What a run still has to do: which shards are not done, and why."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import StoreError, UserError
from pipelines.files import PARTIAL, Mark, is_local, mark, names, read_whole, remove, spread
from pipelines.images import ImageProblem, safe_path
from pipelines.manifest import (
    KINDS,
    SCHEMA_VERSION,
    SchemaVersionError,
    metadata_of,
    open_part,
    part_name,
    working,
)
from pipelines.name_set import NameSet
from pipelines.parts import read_columns
from pipelines.shard import PICTURES, ShardJob, inputs_path
from pipelines.versions import committed, folder_of, kept_parts, read_version

OURS = re.compile(r"(?:[\w.]+_)?-?\d{11,}(?:_-?\d+)?(?:-[0-9a-f]{12})?\.png")
"""Names that this program gives to pictures, in this release and earlier ones."""


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards to label, and the number of shards per reason, for the console."""

    jobs: list[ShardJob]
    reasons: dict[str, int]


def make_plan(jobs: list[ShardJob]) -> Plan:
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


def _with_earlier(jobs: list[ShardJob]) -> list[ShardJob]:
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

    def earlier(job: ShardJob) -> tuple[Path, ...]:
        return tuple(path for shard in range(job.shard % before, before, shards) for path in parts[shard])

    return [replace(job, earlier=earlier(job)) for job in jobs]


def _why(job: ShardJob, standing: dict[str, NameSet]) -> str | None:
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


def _changed(job: ShardJob, standing: dict[str, NameSet]) -> str | None:
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


def _inputs_unchanged(job: ShardJob) -> bool:
    try:
        known = orjson.loads(read_whole(inputs_path(job.config.out, job.shard)))
    except (FileNotFoundError, ValueError):
        return False
    return isinstance(known, dict) and all(_mark(job, name) == then for name, then in known.items())


def _mark(job: ShardJob, name: str) -> Mark | None:
    root = job.config.images
    if name.startswith("panoptic:"):
        if job.panoptic is None:
            return None
        root, name = job.panoptic, name.removeprefix("panoptic:")
    try:
        return mark(safe_path(root, name))
    except ImageProblem:
        return None


def _pictures_stand(part: Any, standing: dict[str, NameSet]) -> bool:
    table = pq.read_table(part, columns=list(PICTURES.values()))
    for folder, column in PICTURES.items():
        for path in table[column].to_pylist():
            if path is not None and Path(path).name not in standing[folder]:
                return False
    return True


def sweep(out: Path, shards: int) -> None:
    """Remove leftovers of killed runs, and parts of an earlier sharding. Only files named as ours are touched.

    A report half written is a folder, and the next report clears it away.
    """
    if is_local(out):
        for folder in (out, *(out / name for name in (".work/inputs", *PICTURES)), *(working(out, k) for k in KINDS)):
            for name in list(names(folder)):
                if name.startswith(".") and name.endswith(PARTIAL) and not (folder / name).is_dir():
                    remove(folder / name)
    for folder in (*(working(out, kind) for kind in KINDS), out / ".work" / "inputs"):
        for name in list(names(folder)):
            found = re.fullmatch(r"part-(\d{5,})\.(parquet|json)", name)
            if found and int(found[1]) >= shards:
                remove(folder / name)


def sweep_pictures(out: Path) -> None:
    """Remove pictures that no version refers to: those of killed runs, and those of versions that are gone.

    Call it when the standing parts have become a version. Only files named as this program names them are touched.

    Raises:
        UserError: a part of an old version is damaged, so what it refers to is not known; its pictures stay.
    """
    for folder, column in PICTURES.items():
        if next(iter(names(out / folder)), None) is None:
            continue
        wanted = NameSet(referred(out, column))
        stale = (n for n in names(out / folder) if n not in wanted and OURS.fullmatch(n))
        for _ in spread(out, remove, (out / folder / name for name in stale)):
            pass


def referred(out: Path, column: str) -> Iterator[str]:
    """File names of the pictures that a kept version or the run in progress needs, by the column that names them.

    Raises:
        UserError: a part cannot be read.
    """
    for paths in spread(out, lambda part: _paths_in(part, column), kept_parts(out)):
        yield from (Path(path).name for path in paths if path is not None)


def _paths_in(part: Path, column: str) -> list[str | None]:
    try:
        paths: list[str | None] = read_columns(part, [column])[column].to_pylist()
    except (StoreError, PermissionError):  # say nothing about the part
        raise
    except (OSError, ValueError, pa.ArrowException):
        raise UserError(f"{part}: damaged, so that it is not known which pictures are still needed") from None
    return paths
