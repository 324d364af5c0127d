"""Versions of the manifest: complete, unchanging folders, one of which is current.

A run works on parts of its own below ``.work``. Only when all of them stand do they become the next version:
``versions/000003/manifest`` and ``rejects``, and ``version.json``, written last. Then ``current.json`` names it, in one
write. So a reader of a version's folder never sees half an update, and earlier versions stay readable. On a local disk
``manifest`` and ``rejects`` are links to the current version's folders.

Command line: ``python -m pipelines.versions OUT`` lists them, ``--use N`` rolls back or forth.
"""

import argparse
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

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
from pipelines.lock import locked
from pipelines.manifest import KINDS, SCHEMA_VERSION, VERSIONS, part_name, part_paths, shard_of_part, working
from pipelines.stores import place

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


def folder_of(out: Path, version: int) -> Path:
    """A version's folder."""
    return out / VERSIONS / f"{version:06d}"


def committed(out: Path) -> list[int]:
    """Numbers of the versions that are complete, in order."""
    found = sorted(int(name) for name in names(out / VERSIONS) if name.isascii() and name.isdigit())
    return [number for number in found if HEAD in set(names(folder_of(out, number)))]


def read_version(out: Path, version: int) -> Version:
    """What a version consists of.

    Raises:
        UserError: there is no such version, or its head cannot be read.
    """
    path = folder_of(out, version) / HEAD
    try:
        raw = orjson.loads(read_whole(path))
        raw["parts"] = tuple(PartFile(**part) for part in raw["parts"])
        return Version(**raw)
    except FileNotFoundError:
        raise UserError(f"{out}: there is no version {version}; it has {_listed(committed(out))}") from None
    except (ValueError, TypeError, KeyError) as error:
        raise UserError(f"{path}: not a version's head ({error}); the next run writes a new version") from None


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


def publish(out: Path, about: dict[str, Any]) -> int:
    """Make the standing parts the current version, unless the newest version is just that. The lock is held.

    Args:
        out: output folder.
        about: what the version is to say about its source.

    Returns:
        The number of the version that has the standing parts.

    Raises:
        OSError: the output cannot be written; what was current still is.
    """
    parts, counts = _standing_parts(out, about["config_hash"])
    digest = sha256(orjson.dumps([[part.name, part.sha256] for part in parts])).hexdigest()
    numbers = committed(out)
    newest = numbers[-1] if numbers else 0
    if newest and _same(out, newest, digest):
        _place_parts(out, folder_of(out, newest), parts)
    else:
        newest += 1
        _write_version(out, Version(newest, SCHEMA_VERSION, digest, about, counts, parts))
    # Whoever rolled back meant it to last until there is something new.
    if _pointer(out).get("newest") != newest or _pointer(out)["version"] not in committed(out):
        _point(out, newest, newest)
    else:
        _link(out, _pointer(out)["version"])
    return newest


def _same(out: Path, version: int, digest: str) -> bool:
    try:
        return read_version(out, version).digest == digest
    except UserError:
        return False


def _standing_parts(out: Path, config_hash: str) -> tuple[tuple[PartFile, ...], dict[str, int]]:
    paths = [path for kind in KINDS for path in part_paths(working(out, kind))]
    counts: Counter[str] = Counter()
    parts = []
    for part, found, made_with in spread(out, _part_file, paths):
        if made_with != config_hash:  # a worker that outlived its run, say one whose Dask scheduler went away
            raise UserError(f"{out}: {part.name} was written by another run meanwhile; run the same command again")
        parts.append(part)
        counts.update(found)
    return tuple(parts), dict(sorted(counts.items()))


def _part_file(path: Path) -> tuple[PartFile, dict[str, int], str]:
    """A part as a version lists it, its counts, and the settings' hash it was made with."""
    content = read_whole(path)
    found = pq.read_metadata(pa.BufferReader(content))
    kind, meta = path.parent.name, found.metadata or {}
    # Both parts of a shard have its counts.
    counts = orjson.loads(meta.get(b"counts", b"{}")) if kind == "manifest" else {}
    digest = sha256(content).hexdigest()
    name = f"{kind}/{part_name(shard_of_part(path.name), digest)}"
    part = PartFile(name, digest, len(content), found.num_rows)
    return part, counts, meta.get(b"config_hash", b"").decode()


def _write_version(out: Path, version: Version) -> None:
    folder = folder_of(out, version.version)
    remove(folder / HEAD)
    wanted = {part.name for part in version.parts}
    for kind in KINDS:
        make_folder(folder / kind)
        for name in set(names(folder / kind)):  # of a run that was killed here
            if f"{kind}/{name}" not in wanted:
                remove(folder / kind / name)

    _place_parts(out, folder, version.parts)
    _write_head(folder, version)


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
        parts = read_version(out, version).parts
    except UserError:
        return False
    standing = {f"{kind}/{name}" for kind in KINDS for name in names(folder_of(out, version) / kind)}
    return all(part.name in standing for part in parts)


def _point(out: Path, version: int, newest: int) -> None:
    write_whole(out / CURRENT, orjson.dumps({"version": version, "newest": newest}) + b"\n")
    _link(out, version)


def _link(out: Path, version: int) -> None:
    """On a local disk, ``manifest`` and ``rejects`` lead to the current version. Disks without links do without."""
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
            beside.replace(link)


def adopt_version(source: Path, out: Path, version: Version) -> None:
    """Copy a version's parts and head to another output folder and make it current there. Its lock is held.

    Raises:
        OSError: it cannot be read or written.
    """
    folder = folder_of(out, version.version)
    remove(folder / HEAD)
    for kind in KINDS:
        make_folder(folder / kind)

    def read(part: PartFile) -> bytes:
        return read_whole(folder_of(source, version.version) / part.name)

    for part, content in zip(version.parts, spread(source, read, version.parts), strict=True):
        write_whole(folder / part.name, content)
    _write_head(folder, version)
    _point(out, version.version, version.version)


def use(out: Path, version: int) -> None:
    """Make a version current again. The lock is held. It stays so until a run makes something new.

    Raises:
        UserError: there is no such version.
    """
    read_version(out, version)
    _point(out, version, committed(out)[-1])


def adopt(out: Path) -> None:
    """Give the run something to go on from: the parts of an earlier release's output, or else of the current version.

    The lock is held. Does nothing where working parts stand.
    """
    if is_local(out):
        for kind in KINDS:
            old = out / kind
            if old.is_dir() and not old.is_symlink() and not working(out, kind).exists():
                make_folder(working(out, kind).parent)
                old.replace(working(out, kind))
    if any(part_paths(working(out, kind)) for kind in KINDS) or current(out) is None:
        return
    for kind in KINDS:
        make_folder(working(out, kind))
        for path in part_paths(current_folder(out, kind)):
            copy_whole(path, working(out, kind) / part_name(shard_of_part(path.name)))


def sweep_versions(out: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` versions and the current one, and versions half written. The lock is held."""
    numbers = committed(out)
    kept = {*numbers[-keep:], current(out)}
    for name in list(names(out / VERSIONS)):
        if name.isascii() and name.isdigit() and int(name) not in kept:
            folder = out / VERSIONS / name
            remove(folder / HEAD)
            for kind in KINDS:
                for path in part_paths(folder / kind):
                    remove(path)
            if is_local(out):
                for empty in (*(folder / kind for kind in KINDS), folder):
                    with suppress(OSError):
                        empty.rmdir()


def kept_parts(out: Path) -> Iterator[Path]:
    """Every part that a version or the run needs, those with the same content once."""
    seen: set[str] = set()
    for kind in KINDS:
        yield from part_paths(working(out, kind))
    for number in reversed(committed(out)):
        for part in read_version(out, number).parts:
            if part.sha256 not in seen:
                seen.add(part.sha256)
                yield folder_of(out, number) / part.name


def main(arguments: list[str] | None = None) -> int:
    """List the versions of an output folder, or make one current; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.versions", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--use", type=int, metavar="N", help="make version N current until a run makes a new one")
    given = parser.parse_args(arguments)
    try:
        if given.use is not None:
            with locked(given.out):
                use(given.out, given.use)
        _show(given.out)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _show(out: Path) -> None:
    numbers, now = committed(out), current(out)
    if not numbers:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    for number in numbers:
        version = read_version(out, number)
        rows = {kind: sum(p.rows for p in version.parts if p.kind == kind) for kind in KINDS}
        mark = "current" if number == now else ""
        print(f"{number:6}  {rows['manifest']:9,} mattes  {rows['rejects']:9,} rejects  {version.digest[:12]}  {mark}")
    if now is not None:
        print(f"manifest  {folder_of(out, now) / 'manifest'}")


if __name__ == "__main__":
    sys.exit(main())
