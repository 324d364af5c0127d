"""The standing parts of a run become a version."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import UserError
from pipelines.storage.current import complete, link, point, pointer
from pipelines.storage.files import copy_whole, make_folder, names, read_whole, remove, same_file, spread, write_whole
from pipelines.storage.manifest import KINDS, SCHEMA_VERSION, part_name, part_paths, shard_of_part, working
from pipelines.storage.versions import HEAD, PartFile, Version, committed, folder_of, read_version


def publish(out: Path, about: dict[str, Any], stamps: Sequence[Mapping[str, str]]) -> int:
    """Make the standing parts the current version, unless the newest version is just that. The lock is held.

    Args:
        out: output folder.
        about: what the version is to say about its source.
        stamps: what the metadata of every shard's parts must say, in order of shards.

    Returns:
        The number of the version that has the standing parts.

    Raises:
        UserError: a part is damaged, or is not what this run left; what was current still is.
        OSError: the output cannot be written; what was current still is.
    """
    numbers = committed(out)
    newest = numbers[-1] if numbers else 0
    last = _readable(out, newest)
    parts, counts = _standing_parts(out, stamps, {part.sha256 for part in last.parts} if last else set())
    digest = sha256(orjson.dumps([[part.name, part.sha256] for part in parts])).hexdigest()
    if last is not None and last.digest == digest:
        place_parts(out, folder_of(out, newest), parts)
    else:
        newest += 1
        _write_version(out, Version(newest, SCHEMA_VERSION, digest, about, counts, parts))
    # Whoever rolled back meant it to last until there is something new.
    decided = pointer(out)
    if decided.get("newest") != newest or not complete(out):
        point(out, newest, newest)
    else:
        link(out, decided["version"])
    return newest


def _readable(out: Path, version: int) -> Version | None:
    try:
        return read_version(out, version)
    except UserError:
        return None


def _standing_parts(
    out: Path, stamps: Sequence[Mapping[str, str]], known: Set[str]
) -> tuple[tuple[PartFile, ...], dict[str, int]]:
    paths = [path for kind in KINDS for path in part_paths(working(out, kind))]
    counts: Counter[str] = Counter()
    parts = []
    for part, meta in spread(out, lambda path: _part_file(path, known), paths):
        # There may be a worker that outlived its run, say one whose Dask scheduler went away.
        if part.shard >= len(stamps) or not stamps[part.shard].items() <= meta.items():
            raise UserError(f"{out}: {part.name} was written by another run meanwhile; run the same command again")
        parts.append(part)
        if part.kind == "manifest":  # both parts of a shard have its counts
            counts.update(orjson.loads(meta.get("counts", "{}")))
    if len(parts) != len(KINDS) * len(stamps):
        raise UserError(f"{out}: parts were removed by another run meanwhile; run the same command again")
    return tuple(parts), dict(sorted(counts.items()))


def _part_file(path: Path, known: Set[str]) -> tuple[PartFile, dict[str, str]]:
    """A part as a version lists it, and its metadata. Read to its end unless a version has the same bytes."""
    content = read_whole(path)
    digest = sha256(content).hexdigest()
    try:
        with pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True) as file:
            if digest not in known:
                file.read(use_threads=False)
            rows, meta = file.metadata.num_rows, file.metadata.metadata or {}
    except (OSError, ValueError, pa.ArrowException):
        remove(path)
        raise UserError(f"{path}: damaged; the same command makes it again") from None
    name = f"{path.parent.name}/{part_name(shard_of_part(path.name), digest)}"
    return PartFile(name, digest, len(content), rows), {key.decode(): value.decode() for key, value in meta.items()}


def _write_version(out: Path, version: Version) -> None:
    folder = folder_of(out, version.version)
    begin_version(folder, version.parts)
    place_parts(out, folder, version.parts)
    write_head(folder, version)


def begin_version(folder: Path, parts: Sequence[PartFile]) -> None:
    """Make a version's folder without a head, and without what is not to be listed there: of a run that was killed, or
    of another version of that number."""
    remove(folder / HEAD)
    wanted = {part.name for part in parts}
    for kind in KINDS:
        make_folder(folder / kind)
        for name in set(names(folder / kind)):
            if f"{kind}/{name}" not in wanted:
                remove(folder / kind / name)


def write_head(folder: Path, version: Version) -> None:
    """Complete a version's folder."""
    write_whole(folder / HEAD, orjson.dumps(asdict(version), option=orjson.OPT_INDENT_2) + b"\n")


def place_parts(out: Path, folder: Path, parts: Sequence[PartFile]) -> None:
    """Give the standing parts their names in a version, also where one was lost or damaged."""

    def place_part(part: PartFile) -> None:
        source, target = part.working(out), folder / part.name
        if not same_file(source, target):
            copy_whole(source, target)

    for kind in KINDS:
        make_folder(folder / kind)
    for _ in spread(out, place_part, parts):
        pass
