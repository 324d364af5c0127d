"""Check an output folder against its manifest: counts, hashes, sizes, orphans, duplicates."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import UserError
from pipelines.storage.current import CURRENT, current
from pipelines.storage.duplicate_rows import SampleIds
from pipelines.storage.files import is_folder, names, read_whole, spread
from pipelines.storage.findings import Checked, Finding, Row
from pipelines.storage.lock import held
from pipelines.storage.manifest import KINDS, READABLE, part_paths, shard_of_part, working
from pipelines.storage.name_set import NameSet
from pipelines.storage.picture_checks import check_photos, check_pictures
from pipelines.storage.pictures import PICTURES, referred
from pipelines.storage.versions import HEAD, PartFile, Version, committed, folder_of, read_version


def verify(
    out: Path,
    images: Path | None = None,
    checked: Checked | None = None,
    on_file: Callable[[], None] = lambda: None,
    *,
    alone: bool = False,
) -> Iterator[Finding]:
    """Everything that is off in an output folder, as it is found. Changes nothing.

    Args:
        out: output folder, locally or on a store.
        images: folder of the photos, if these are to be hashed as well.
        checked: counts what was looked at.
        on_file: called for every file that was read.
        alone: the lock is held. Else a run may be under way, whose pictures no row refers to yet.

    Raises:
        UserError: nothing is there that could be checked.
    """
    checked = checked or Checked()
    numbers = numbers_of(out)
    if images is not None and not is_folder(images):
        raise UserError(f"{images}: image folder not found")
    now = current(out)
    if now not in numbers:
        found = "is missing or damaged" if now is None else f"names version {now}, which is not there"
        yield Finding("damaged", CURRENT, f"{found}; the newest version is {numbers[-1]}")
        now = numbers[-1]
    for number in [now, *(n for n in reversed(numbers) if n != now)]:
        checked.versions += 1
        yield from _version(out, number, images if number == now else None, checked, on_file)
    yield from _working(out, checked)
    yield from _stray_pictures(out, checked, alone=alone)
    yield from _stray_parts(out, numbers)


def numbers_of(out: Path) -> list[int]:
    """Numbers of the versions to check.

    Raises:
        UserError: there is none.
    """
    numbers = committed(out)
    if not numbers:
        raise UserError(f"{out}: no version of the manifest; expected the OUT of a labelling or propagation run")
    return numbers


def _version(
    out: Path, number: int, images: Path | None, checked: Checked, on_file: Callable[[], None]
) -> Iterator[Finding]:
    head = f"versions/{number:06d}/{HEAD}"
    try:
        version = read_version(out, number)
    except UserError as error:
        yield Finding("damaged", head, str(error), version=number)
        return
    rows = {kind: sum(p.rows for p in version.parts if p.kind == kind) for kind in KINDS}
    for kind, name in zip(KINDS, ("accepted", "rejected"), strict=True):
        if rows[kind] != version.counts.get(name, 0):
            detail = f"counts {version.counts.get(name, 0)} {name}, its parts have {rows[kind]}"
            yield Finding("count", head, detail, version=number)
    digests = SampleIds()
    for part, content, finding in _parts(out, version):
        checked.parts += 1
        on_file()
        if finding is not None:
            yield finding
            continue
        checked.bytes += len(content)
        if part.kind == "manifest":
            digests.add(part, content)
        if part.sha256 in checked.seen:
            continue
        checked.seen.add(part.sha256)
        table = pq.read_table(pa.BufferReader(content))
        checked.rows += table.num_rows
        rows_of_part = [Row(row, part, number) for row in table.to_pylist()]
        yield from check_pictures(out, rows_of_part, checked, on_file)
        if images is not None:
            yield from check_photos(images, rows_of_part, checked, on_file)
    yield from digests.duplicates(out, number)


def _parts(out: Path, version: Version) -> Iterator[tuple[PartFile, bytes, Finding | None]]:
    folder = folder_of(out, version.version)

    def read(part: PartFile) -> tuple[PartFile, bytes, Finding | None]:
        path, shard = f"versions/{version.version:06d}/{part.name}", part.shard
        try:
            content = read_whole(folder / part.name)
        except FileNotFoundError:
            return part, b"", Finding("missing", path, f"expected {part.bytes} bytes", shard, version.version)
        digest = sha256(content).hexdigest()
        if digest != part.sha256:
            found = f"has {len(content)} bytes with SHA-256 {digest[:12]}"
            detail = f"{found}, expected {part.bytes} with {part.sha256[:12]}"
            return part, b"", Finding("damaged", path, detail, shard, version.version)
        meta = pq.read_schema(pa.BufferReader(content)).metadata or {}
        known = meta.get(b"schema_version", b"none").decode()
        if known not in READABLE:
            return part, b"", Finding("damaged", path, f"schema version {known}", shard, version.version)
        return part, content, None

    yield from spread(out, read, version.parts)


def _working(out: Path, checked: Checked) -> Iterator[Finding]:
    """The parts that the next run goes on from: readable, and those of the newest version unless a run is under way."""
    numbers = committed(out)
    try:
        newest = {part.working(out): part.sha256 for part in read_version(out, numbers[-1]).parts}
    except UserError:
        newest = {}
    paths = [path for kind in KINDS for path in part_paths(working(out, kind))]

    def read(path: Path) -> tuple[bool, str | None]:
        content = read_whole(path)
        if sha256(content).hexdigest() == newest.get(path):
            return True, None
        try:
            pq.read_table(pa.BufferReader(content), use_threads=False)
        except (pa.ArrowException, OSError) as error:
            return False, str(error).partition("\n")[0]
        return False, None

    for path, (known, problem) in zip(paths, spread(out, read, paths), strict=True):
        if problem is not None:
            name = f".work/parts/{path.parent.name}/{path.name}"
            yield Finding("damaged", name, f"cannot be read ({problem})", shard_of_part(path.name))
        elif not known:
            checked.under_way = True


def _stray_pictures(out: Path, checked: Checked, *, alone: bool) -> Iterator[Finding]:
    for folder, column in PICTURES.items():
        # Listed before it is asked what is referred to, so that what a run adds meanwhile is not among it.
        run_before = not alone and held(out)
        listed = list(names(out / folder))
        if run_before or (not alone and held(out)):
            checked.under_way = True
            continue
        try:
            wanted = NameSet(referred(out, column))
        except (OSError, ValueError, pa.ArrowException, UserError):
            return  # what a damaged part refers to is not known
        for name in listed:
            if name not in wanted and not name.startswith("."):
                yield Finding("orphan", f"{folder}/{name}", "no row of any version refers to it")


def _stray_parts(out: Path, numbers: list[int]) -> Iterator[Finding]:
    for number in numbers:
        try:
            known = {part.name for part in read_version(out, number).parts}
        except UserError:
            continue
        for kind in KINDS:
            for name in names(folder_of(out, number) / kind):
                if f"{kind}/{name}" not in known:
                    path = f"versions/{number:06d}/{kind}/{name}"
                    yield Finding("orphan", path, "the version does not list it", version=number)
