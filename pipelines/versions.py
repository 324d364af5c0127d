"""Versions of the manifest: complete, unchanging folders, one of which is current.

A run works on parts of its own below ``.work``. Only when all of them stand do they become the next version:
``versions/000003/manifest`` and ``rejects``, and ``version.json``, written last. Then ``current.json`` names it, in one
write. So a reader of a version's folder never sees half an update, and earlier versions stay readable. On a local disk
``manifest`` and ``rejects`` are links to the current version's folders.

Command line: ``python -m pipelines.versions OUT`` lists them, ``--use N`` rolls back or forth.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter, ValidationError

from pipelines.errors import UserError
from pipelines.files import (
    PARTIAL,
    copy_whole,
    is_local,
    make_folder,
    names,
    read_whole,
    remove,
    same_file,
    spread,
    write_whole,
)
from pipelines.lock import disk_errors, locked
from pipelines.manifest import KINDS, SCHEMA_VERSION, VERSIONS, part_name, part_paths, shard_of_part, working
from pipelines.stores import place_argument

HEAD = "version.json"
CURRENT = "current.json"


@dataclass(frozen=True, slots=True)
class PartFile:
    """A part of a version.

    Attributes:
        name: below the version's folder, ``manifest/part-00000-01234567.parquet``, with the beginning of its digest.
        sha256: of its bytes.
        bytes: how many.
        rows: how many.
    """

    name: str
    sha256: str
    bytes: int
    rows: int

    @property
    def kind(self) -> str:
        """``manifest`` or ``rejects``."""
        return self.name.split("/")[0]

    @property
    def shard(self) -> int:
        """The shard it belongs to."""
        return shard_of_part(self.name.split("/")[-1])

    def working(self, out: Path) -> Path:
        """The run's own part of the same shard and kind."""
        return working(out, self.kind) / part_name(self.shard)


@dataclass(frozen=True, slots=True)
class Version:
    """What ``version.json`` says. No times: the same parts give the same bytes.

    Attributes:
        version: from 1.
        schema_version: of the manifest.
        digest: of all parts' names and contents.
        about: data set, split, source and settings' hash, as the run gave them.
        counts: the shards' counts, added up.
        parts: all parts, in order of name.
    """

    version: int
    schema_version: int
    digest: str
    about: dict[str, Any]
    counts: dict[str, int]
    parts: tuple[PartFile, ...]


_VERSION = TypeAdapter(Version)


def folder_of(out: Path, version: int) -> Path:
    """A version's folder."""
    return out / VERSIONS / f"{version:06d}"


def committed(out: Path) -> list[int]:
    """Numbers of the versions that are complete, in order."""
    return [number for number in _begun(out) if HEAD in set(names(folder_of(out, number)))]


def _begun(out: Path) -> list[int]:
    """Numbers of all versions, half written ones too, in order. Strangers' folders are none."""
    found = (name for name in names(out / VERSIONS) if re.fullmatch("[0-9]{6,18}", name))
    return sorted(int(name) for name in found if name == f"{int(name):06d}")


def read_version(out: Path, version: int) -> Version:
    """What a version consists of.

    Raises:
        UserError: there is no such version, or its head cannot be read.
    """
    path = folder_of(out, version) / HEAD
    try:
        found = _VERSION.validate_json(read_whole(path), strict=True)
        for part in found.parts:
            _check_part(part)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{out}: there is no version {version}; it has {_listed(committed(out))}") from None
    except ValueError as error:
        raise UserError(f"{path}: not a version's head ({_reason(error)}); the next run writes a new version") from None
    return found


def _reason(error: ValueError) -> str:
    """The first thing that is wrong, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]


def _check_part(part: PartFile) -> None:
    if part.kind not in KINDS or part.name.count("/") != 1 or part.shard < 0:
        raise ValueError(f"no part's name: {part.name!r:.80}")


def _listed(numbers: list[int]) -> str:
    return "versions " + ", ".join(map(str, numbers)) if numbers else "none yet"


def _pointer(out: Path) -> dict[str, int]:
    """``{"version": the current one, "newest": the newest when that was decided}``; empty before the first version."""
    try:
        raw = orjson.loads(read_whole(out / CURRENT))
        return {"version": int(raw["version"]), "newest": int(raw["newest"])}
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return {}


def current(out: Path) -> int | None:
    """Number of the current version, or None before the first one."""
    return _pointer(out).get("version")


def current_folder(out: Path, kind: str = "manifest") -> Path:
    """Folder of the current version's parts.

    Args:
        out: output folder.
        kind: "manifest" or "rejects".

    Raises:
        UserError: no run has finished there yet.
    """
    version = current(out)
    if version is None:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    return folder_of(out, version) / kind


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
        _place_parts(out, folder_of(out, newest), parts)
    else:
        newest += 1
        _write_version(out, Version(newest, SCHEMA_VERSION, digest, about, counts, parts))
    # Whoever rolled back meant it to last until there is something new.
    pointer = _pointer(out)
    if pointer.get("newest") != newest or not complete(out):
        _point(out, newest, newest)
    else:
        _link(out, pointer["version"])
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
    _begin_version(folder, version.parts)
    _place_parts(out, folder, version.parts)
    _write_head(folder, version)


def _begin_version(folder: Path, parts: Sequence[PartFile]) -> None:
    """Make a version's folder without a head, and without what is not to be listed there: of a run that was killed, or
    of another version of that number."""
    remove(folder / HEAD)
    wanted = {part.name for part in parts}
    for kind in KINDS:
        make_folder(folder / kind)
        for name in set(names(folder / kind)):
            if f"{kind}/{name}" not in wanted:
                remove(folder / kind / name)


def _write_head(folder: Path, version: Version) -> None:
    write_whole(folder / HEAD, orjson.dumps(asdict(version), option=orjson.OPT_INDENT_2) + b"\n")


def _place_parts(out: Path, folder: Path, parts: Sequence[PartFile]) -> None:
    """Give the standing parts their names in a version, also where one was lost or damaged."""

    def place_part(part: PartFile) -> None:
        source, target = part.working(out), folder / part.name
        if not same_file(source, target):
            copy_whole(source, target)

    for kind in KINDS:
        make_folder(folder / kind)
    for _ in spread(out, place_part, parts):
        pass


def complete(out: Path) -> bool:
    """Whether there is a current version and all of its files stand, judged by their names."""
    version = current(out)
    if version is None:
        return False
    try:
        return not _lost(out, version)
    except UserError:
        return False


def _lost(out: Path, version: int) -> list[str]:
    """A version's parts that do not stand, judged by their names."""
    standing = {f"{kind}/{name}" for kind in KINDS for name in names(folder_of(out, version) / kind)}
    return [part.name for part in read_version(out, version).parts if part.name not in standing]


def _point(out: Path, version: int, newest: int) -> None:
    write_whole(out / CURRENT, orjson.dumps({"version": version, "newest": newest}) + b"\n")
    _link(out, version)


def restore_links(out: Path) -> None:
    """Put back the links to the current version that were lost or lead elsewhere. The lock is held."""
    version = current(out)
    if version is not None:
        _link(out, version)


def _link(out: Path, version: int) -> None:
    """On a local disk, ``manifest`` and ``rejects`` lead to the current version. Disks without links do without.

    A file or folder of somebody else's in a link's place stays.
    """
    if not is_local(out):
        return
    for kind in KINDS:
        target = f"{VERSIONS}/{version:06d}/{kind}"
        link, beside = out / kind, out / f".{kind}{PARTIAL}"
        if link.is_symlink() and str(link.readlink()) == target:
            continue
        with suppress(OSError):
            beside.unlink(missing_ok=True)
            beside.symlink_to(target)
            _clear_copy(link)
            if link.is_symlink() or not link.exists():
                beside.replace(link)
        beside.unlink(missing_ok=True)


def _clear_copy(link: Path) -> None:
    """A folder of parts in a link's place: an earlier release's, or of a copying tool that follows links.

    Readers would stay with it.
    """
    if link.is_symlink() or not link.is_dir():
        return
    found = list(names(link))
    if all(shard_of_part(name) >= 0 or (name.startswith(".part-") and name.endswith(PARTIAL)) for name in found):
        for name in found:
            remove(link / name)
        link.rmdir()


def adopt_version(source: Path, out: Path, version: Version) -> None:
    """Copy a version's parts and head to another output folder and make it current there. Its lock is held.

    Raises:
        OSError: it cannot be read or written.
    """
    folder = folder_of(out, version.version)
    _begin_version(folder, version.parts)

    def read(part: PartFile) -> bytes:
        return read_whole(folder_of(source, version.version) / part.name)

    for part, content in zip(version.parts, spread(source, read, version.parts), strict=True):
        write_whole(folder / part.name, content)
    _write_head(folder, version)
    _point(out, version.version, version.version)


def use(out: Path, version: int) -> None:
    """Make a version current again. The lock is held. It stays so until a run makes something new.

    Raises:
        UserError: there is no such version, or not all of it.
    """
    if lost := _lost(out, version):
        raise UserError(f"{out}: version {version} has lost {', '.join(lost[:3])}; it cannot be used")
    _point(out, version, committed(out)[-1])


def adopt(out: Path) -> None:
    """Give the run something to go on from: the parts of an earlier release's output, or else of the current version.

    The lock is held. Does nothing where working parts stand.
    """
    if is_local(out) and not committed(out):  # else what stands there are links, or a copying tool's copies of them
        for kind in KINDS:
            if (out / kind).is_dir() and not (out / kind).is_symlink() and not working(out, kind).exists():
                _adopt_folder(out / kind, working(out, kind))
    numbers = committed(out)
    if any(part_paths(working(out, kind)) for kind in KINDS) or not numbers:
        return
    now = current(out)
    folder = folder_of(out, now if now in numbers else numbers[-1])
    for kind in KINDS:
        make_folder(working(out, kind))
        for path in part_paths(folder / kind):
            copy_whole(path, working(out, kind) / part_name(shard_of_part(path.name)))


def _adopt_folder(source: Path, target: Path) -> None:
    """Copy an earlier release's parts, all or none; readers keep theirs until a version takes its place."""
    beside = target.with_name(f".{target.name}{PARTIAL}")
    make_folder(beside)
    for path in part_paths(source):
        copy_whole(path, beside / path.name)
    beside.replace(target)


def sweep_versions(out: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` versions and the current one, and versions half written. The lock is held."""
    kept = {*committed(out)[-keep:], current(out)}
    for number in _begun(out):
        if number not in kept:
            _remove_version(folder_of(out, number))


def _remove_version(folder: Path) -> None:
    remove(folder / HEAD)
    for kind in KINDS:
        for path in part_paths(folder / kind):
            remove(path)
    if not is_local(folder):
        return
    for place_of_parts in (*(folder / kind for kind in KINDS), folder):
        for name in list(names(place_of_parts)):  # of a run that was killed here
            if name.startswith(".") and name.endswith(PARTIAL):
                remove(place_of_parts / name)
        with suppress(OSError):
            place_of_parts.rmdir()


def kept_parts(out: Path) -> Iterator[Path]:
    """Every part that a version or the run needs, those with the same content once."""
    seen: set[str] = set()
    for kind in KINDS:
        yield from part_paths(working(out, kind))
    for number in reversed(committed(out)):
        for path, digest in _parts_of(out, number):
            if digest not in seen:
                seen.add(digest)
                yield path


def _parts_of(out: Path, version: int) -> list[tuple[Path, str]]:
    """A version's standing parts and their digests; where its head is damaged, whatever parts stand."""
    folder = folder_of(out, version)
    standing = [path for kind in KINDS for path in part_paths(folder / kind)]
    try:
        digests = {part.name: part.sha256 for part in read_version(out, version).parts}
    except UserError:
        digests = {}
    names_of = [f"{path.parent.name}/{path.name}" for path in standing]
    return [(path, digests.get(name, f"{version}/{name}")) for path, name in zip(standing, names_of, strict=True)]


def main(arguments: list[str] | None = None) -> int:
    """List the versions of an output folder, or make one current; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.versions", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--use", type=int, metavar="N", help="make version N current until a run makes a new one")
    given = parser.parse_args(arguments)
    try:
        with disk_errors(given.out):
            return _answer(given.out, given.use)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2


def _answer(out: Path, version: int | None) -> int:
    if version is not None:
        read_version(out, version)  # asking for what is not there makes no folder
        with locked(out):
            use(out, version)
    _show(out)
    return 0


def _show(out: Path) -> None:
    numbers, now = committed(out), current(out)
    if not numbers:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    for number in numbers:
        try:
            version = read_version(out, number)
        except UserError:
            print(f"{number:6}  damaged")
            continue
        rows = {kind: sum(p.rows for p in version.parts if p.kind == kind) for kind in KINDS}
        mark = "current" if number == now else ""
        print(f"{number:6}  {rows['manifest']:9,} mattes  {rows['rejects']:9,} rejects  {version.digest[:12]}  {mark}")
    if now is not None:
        print(f"manifest  {folder_of(out, now) / 'manifest'}")


if __name__ == "__main__":
    sys.exit(main())
