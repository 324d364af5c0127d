"""What a run still has to do: which shards are not done, and why."""

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import orjson
import pyarrow.parquet as pq

from pipelines.files import PARTIAL
from pipelines.images import ImageProblem, safe_path
from pipelines.manifest import SCHEMA_VERSION, SchemaVersionError, part_name, read_metadata
from pipelines.shard import PICTURES, ShardJob, fingerprint, inputs_path

_OURS = re.compile(r"(?:[\w.]+_)?-?\d{11,}(?:_-?\d+)?\.png")


@dataclass(frozen=True, slots=True)
class Plan:
    """The shards to label, and the number of shards per reason, for the console."""

    jobs: list[ShardJob]
    reasons: dict[str, int]


def make_plan(jobs: list[ShardJob]) -> Plan:
    """Find the shards whose results are missing or no longer what their inputs and settings would give.

    Looks at the parts' stamps, the inputs' sizes and times, and whether the pictures stand; decodes nothing.
    """
    reasons: Counter[str] = Counter()
    todo = []
    standing = {name: _names(jobs[0].config.out / name) for name in PICTURES} if jobs else {}
    for job in jobs:
        reason = _why(job, standing)
        if reason:
            reasons[reason] += 1
            todo.append(job)
    return Plan(todo, dict(reasons))


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()} if folder.is_dir() else set()


def _why(job: ShardJob, standing: dict[str, set[str]]) -> str | None:
    out = job.config.out
    paths = [out / kind / part_name(job.shard) for kind in ("manifest", "rejects")]
    if not all(p.exists() for p in paths):
        return "not done yet"
    try:
        stamps = [read_metadata(p) for p in paths]
    except SchemaVersionError:
        return "schema changed"
    except (OSError, ValueError):
        return "part damaged"
    if any(stamp["schema_version"] != str(SCHEMA_VERSION) for stamp in stamps):
        return "schema changed"
    for key, reason in (
        ("config_hash", "settings changed"),
        ("shards", "number of shards changed"),
        ("index_digest", "annotations changed"),
    ):
        if any(stamp.get(key) != job.stamp[key] for stamp in stamps):
            return reason
    if not _inputs_unchanged(job):
        return "images changed"
    return None if all(_pictures_stand(path, standing) for path in paths) else "pictures missing"


def _inputs_unchanged(job: ShardJob) -> bool:
    try:
        known = orjson.loads(inputs_path(job.config.out, job.shard).read_bytes())
    except (OSError, ValueError):
        return False
    return all(_fingerprint(job, name) == then for name, then in known.items())


def _fingerprint(job: ShardJob, name: str) -> list[int] | None:
    root = job.config.images
    if name.startswith("panoptic:"):
        if job.panoptic is None:
            return None
        root, name = job.panoptic, name.removeprefix("panoptic:")
    try:
        return fingerprint(safe_path(root, name))
    except ImageProblem:
        return None


def _pictures_stand(part: Path, standing: dict[str, set[str]]) -> bool:
    columns = list(PICTURES.values())
    for row in pq.read_table(part, columns=columns).to_pylist():
        for folder, column in PICTURES.items():
            if row[column] is not None and Path(row[column]).name not in standing[folder]:
                return False
    return True


def sweep(out: Path, shards: int) -> None:
    """Remove what no row refers to: leftovers of killed runs, parts of an earlier sharding, mattes no longer made.

    Only files named as this program names them are touched.
    """
    for folder in (out, *(out / name for name in ("manifest", "rejects", ".work/inputs", *PICTURES))):
        for name in _names(folder):
            if name.startswith(".") and name.endswith(PARTIAL):
                (folder / name).unlink(missing_ok=True)
    for folder in (out / "manifest", out / "rejects", out / ".work" / "inputs"):
        for name in _names(folder):
            found = re.fullmatch(r"part-(\d{5,})\.(parquet|json)", name)
            if found and int(found[1]) >= shards:
                (folder / name).unlink()
    wanted = _referred(out)
    for folder_name in PICTURES:
        for name in _names(out / folder_name) - wanted[folder_name]:
            if _OURS.fullmatch(name):
                (out / folder_name / name).unlink()


def _referred(out: Path) -> dict[str, set[str]]:
    wanted: dict[str, set[str]] = {name: set() for name in PICTURES}
    for part in (p for kind in ("manifest", "rejects") for p in (out / kind).glob("part-*.parquet")):
        table = pq.read_table(part, columns=list(PICTURES.values()))
        for folder, column in PICTURES.items():
            wanted[folder] |= {Path(n).name for n in table[column].to_pylist() if n is not None}
    return wanted
