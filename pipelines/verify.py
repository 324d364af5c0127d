"""Check an output folder against its manifest: counts, hashes, sizes, orphans, duplicates.

Command line: ``python -m pipelines.verify OUT [--images DIR] [--repair]``. Exit status 0: all is well, 1: something is
off, 2: it cannot be checked.
"""

import argparse
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from pipelines.errors import UserError
from pipelines.files import is_folder, names, read_whole, remove, spread
from pipelines.images import ImageProblem, safe_path
from pipelines.lock import disk_errors, locked
from pipelines.manifest import KINDS, READABLE, part_paths, shard_of_part, working
from pipelines.name_set import NameSet
from pipelines.plan import OURS, referred
from pipelines.shard import PICTURES, inputs_path
from pipelines.stores import place_argument
from pipelines.versions import CURRENT, HEAD, PartFile, Version, committed, current, folder_of, read_version

_SIZED = {"alpha_path", "trimap_path", "cutout_path"}
"""Pictures that have the photo's size."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is off.

    Attributes:
        kind: "missing", "damaged", "wrong_size", "orphan", "duplicate", "count" or "photo_changed".
        path: of the file, below the output folder; of a photo, below the image folder.
        detail: what was found and what was expected.
        shard: the shard that has to be done again, or None.
        version: the version that it concerns, or None.
    """

    kind: str
    path: str
    detail: str
    shard: int | None = None
    version: int | None = None


@dataclass(slots=True)
class Checked:
    """How much was looked at."""

    versions: int = 0
    parts: int = 0
    rows: int = 0
    pictures: int = 0
    photos: int = 0
    bytes: int = 0
    findings: int = 0
    under_way: bool = False
    seen: set[str] = field(default_factory=set)
    photos_seen: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a part, as far as it is checked."""

    values: dict[str, Any]
    shard: int
    version: int


def verify(
    out: Path, images: Path | None = None, checked: Checked | None = None, on_file: Callable[[], None] = lambda: None
) -> Iterator[Finding]:
    """Everything that is off in an output folder, as it is found. Changes nothing.

    Args:
        out: output folder, locally or on a store.
        images: folder of the photos, if these are to be hashed as well.
        checked: counts what was looked at.
        on_file: called for every file that was read.

    Raises:
        UserError: nothing is there that could be checked.
    """
    checked = checked or Checked()
    numbers = committed(out)
    if not numbers:
        raise UserError(f"{out}: no version of the manifest; expected the OUT of a labelling or propagation run")
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
    yield from _orphans(out, numbers)


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
    digests = _Digests()
    for part, content, finding in _parts(out, version):
        checked.parts += 1
        on_file()
        if finding is not None:
            yield finding
            continue
        checked.bytes += len(content)
        if part.sha256 in checked.seen:
            continue
        checked.seen.add(part.sha256)
        shard = part.shard
        table = pq.read_table(pa.BufferReader(content))
        checked.rows += table.num_rows
        rows_of_part = [_Row(row, shard, number) for row in table.to_pylist()]
        yield from _pictures(out, rows_of_part, checked, on_file)
        if images is not None:
            yield from _photos(images, rows_of_part, checked, on_file)
        if part.kind == "manifest":
            digests.add(part, table)
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


def _pictures(out: Path, rows: list[_Row], checked: Checked, on_file: Callable[[], None]) -> Iterator[Finding]:
    wanted = [(row, column) for row in rows for column in PICTURES.values() if row.values.get(column) is not None]
    seen: set[str] = set()

    def check(item: tuple[_Row, str]) -> tuple[int, Finding | None]:
        return _picture(out, *item)

    for (row, column), (size, finding) in zip(wanted, spread(out, check, wanted), strict=True):
        path = row.values[column]
        checked.pictures += path not in seen
        checked.bytes += size
        on_file()
        # The instances of a propagated target share its similarity map.
        if finding is not None and path not in seen:
            yield finding
        seen.add(path)


def _picture(out: Path, row: _Row, column: str) -> tuple[int, Finding | None]:
    name = row.values[column]

    def off(kind: str, detail: str) -> tuple[int, Finding]:
        return 0, Finding(kind, name, detail, row.shard, row.version)

    try:
        content = read_whole(safe_path(out, name))
    except ImageProblem as problem:
        return off("damaged", str(problem))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return off("missing", f"of {row.values['sample_id']}")
    digest, expected = sha256(content).hexdigest(), row.values.get(column.replace("_path", "_sha256"))
    if expected is not None and digest != expected:
        return off("damaged", f"SHA-256 {digest[:12]}, expected {expected[:12]}")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            size = picture.size
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return off("damaged", "not a PNG")
    if column in _SIZED and size != (row.values["image_width"], row.values["image_height"]):
        wanted = f"{row.values['image_width']}x{row.values['image_height']}"
        return off("wrong_size", f"{size[0]}x{size[1]} pixels, expected {wanted}")
    return len(content), None


def _photos(images: Path, rows: list[_Row], checked: Checked, on_file: Callable[[], None]) -> Iterator[Finding]:
    # A photo has mattes and rejects in two parts. 8 bytes each, since there may be a million.
    known = {r.values["image_path"]: r for r in rows if r.values["image_sha256"] is not None}
    known = {name: row for name, row in known.items() if _digest(name) not in checked.photos_seen}
    checked.photos_seen.update(map(_digest, known))

    def check(row: _Row) -> tuple[int, Finding | None]:
        return _photo(images, row)

    for size, finding in spread(images, check, known.values()):
        checked.photos += 1
        checked.bytes += size
        on_file()
        if finding is not None:
            yield finding


def _photo(images: Path, row: _Row) -> tuple[int, Finding | None]:
    name, expected = row.values["image_path"], row.values["image_sha256"]
    try:
        content = read_whole(safe_path(images, name))
    except (ImageProblem, FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError):
        return 0, Finding("photo_changed", name, "the photo is gone", row.shard, row.version)
    digest = sha256(content).hexdigest()
    if digest == expected:
        return len(content), None
    detail = f"the photo's SHA-256 is {digest[:12]}, it was labelled as {expected[:12]}"
    return len(content), Finding("photo_changed", name, detail, row.shard, row.version)


class _Digests:
    """Sample ids of a version in 8 bytes each, to find those that stand twice."""

    def __init__(self) -> None:
        self._digests: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        self._parts: list[PartFile] = []

    def add(self, part: PartFile, table: pa.Table) -> None:
        """Take the ids of one part."""
        ids = table["sample_id"].to_pylist()
        self._digests.append(np.fromiter(map(_digest, ids), np.uint64, len(ids)))
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
            content = read_whole(folder_of(out, number) / part.name)
            path = f"versions/{number:06d}/{part.name}"
            for ident in pq.read_table(pa.BufferReader(content), columns=["sample_id"])["sample_id"].to_pylist():
                if _digest(ident) in twice:
                    if ident in seen:
                        detail = f"sample {ident} stands in {seen[ident]} too"
                        yield Finding("duplicate", path, detail, part.shard, number)
                    seen.setdefault(ident, part.name)


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())


def _working(out: Path, checked: Checked) -> Iterator[Finding]:
    """The parts that the next run goes on from: readable, and those of the newest version unless a run is under way."""
    numbers = committed(out)
    try:
        newest = {part.working(out): part.sha256 for part in read_version(out, numbers[-1]).parts}
    except UserError:
        newest = {}
    paths = [path for kind in KINDS for path in part_paths(working(out, kind))]

    def read(path: Path) -> tuple[str, str | None]:
        content = read_whole(path)
        try:
            pq.read_schema(pa.BufferReader(content))
        except pa.ArrowException as error:
            return "", str(error).splitlines()[0]
        return sha256(content).hexdigest(), None

    for path, (digest, problem) in zip(paths, spread(out, read, paths), strict=True):
        if problem is not None:
            name = f".work/parts/{path.parent.name}/{path.name}"
            yield Finding("damaged", name, f"not a Parquet file ({problem})", shard_of_part(path.name))
        elif digest != newest.get(path):
            checked.under_way = True


def _orphans(out: Path, numbers: list[int]) -> Iterator[Finding]:
    for folder, column in PICTURES.items():
        try:
            wanted = NameSet(referred(out, column))
        except (OSError, pa.ArrowException, UserError):
            return  # what a damaged part refers to is not known
        for name in names(out / folder):
            if name not in wanted and not name.startswith("."):
                yield Finding("orphan", f"{folder}/{name}", "no row of any version refers to it")
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


def repair(out: Path, findings: Iterable[Finding]) -> list[int]:
    """Clear away what is off, so that the next run makes it again. The lock is held.

    Damaged pictures and parts are removed, and so is what no row refers to, if it is named as this program names it.
    Versions that are not the newest cannot be made again: one that is not whole is removed.

    Returns:
        The shards that the next run will do again, in order.
    """
    newest = committed(out)[-1]
    again: set[int] = set()
    for finding in findings:
        if finding.version is not None and finding.version != newest:
            remove(folder_of(out, finding.version) / HEAD)
            continue
        _clear(out, finding, newest)
        if finding.shard is not None:
            again.add(finding.shard)
    return sorted(again)


def _clear(out: Path, finding: Finding, newest: int) -> None:
    path, shard = out / finding.path, finding.shard
    if finding.kind == "orphan":
        if OURS.fullmatch(path.name) or shard_of_part(path.name) >= 0:
            remove(path)
    elif finding.kind == "photo_changed" and shard is not None:
        remove(inputs_path(out, shard))
    elif finding.kind == "duplicate" or (finding.path.startswith((".work/parts/", "versions/")) and shard is not None):
        # Locally both names are of one file; a good one goes back to its place without work.
        for part in (p for p in _listed(out, newest) if p.shard == shard):
            remove(folder_of(out, newest) / part.name)
            if finding.kind == "duplicate" or not _good(part.working(out), part):
                remove(part.working(out))
        if finding.path.startswith(".work/parts/"):
            remove(path)
    elif finding.kind == "count" or finding.path.endswith(HEAD):
        remove(out / finding.path)
    elif finding.path != CURRENT:
        if finding.kind != "missing":
            remove(path)
    else:
        remove(out / CURRENT)


def _listed(out: Path, version: int) -> tuple[PartFile, ...]:
    try:
        return read_version(out, version).parts
    except UserError:
        return ()


def _good(path: Path, part: PartFile) -> bool:
    """Whether the run's own part is what the version lists."""
    try:
        return sha256(read_whole(path)).hexdigest() == part.sha256
    except OSError:
        return False


def check(out: Path, images: Path | None, *, mend: bool, show: Callable[[str], None]) -> Checked:
    """Verify an output folder, say what is off, and repair it if asked to.

    Args:
        out: output folder.
        images: folder of the photos, or None to leave them unread.
        mend: repair what is off. Waits for nobody: refused while a run works on the folder.
        show: called with a line for every finding and for what was done.

    Raises:
        UserError: nothing can be checked there, or another run is working on it and ``mend`` is set.
    """
    checked = Checked()
    with disk_errors(out), tqdm(unit=" files", desc="verify", disable=None, leave=False) as bar:
        findings = []

        def tick() -> None:
            bar.update()

        for finding in verify(out, images, checked, tick):
            findings.append(finding)
            show(f"{finding.kind:13} {finding.path}: {finding.detail}")
    checked.findings = len(findings)
    if mend and findings:
        with locked(out):
            again = repair(out, findings)
        shards = ", ".join(map(str, again[:20])) + (", ..." if len(again) > 20 else "")
        show(f"cleared {len(findings)} findings; shards to do again: {shards or 'none'}; now run the job again")
    return checked


def summary_line(checked: Checked) -> str:
    """What was looked at, in one sentence."""
    text = (
        f"{checked.versions} versions, {checked.parts:,} parts, {checked.rows:,} rows, {checked.pictures:,} pictures, "
        f"{checked.photos:,} photos, {checked.bytes / 1e6:,.1f} MB: "
    )
    text += f"{checked.findings:,} findings" if checked.findings else "all is well"
    return text + ("; a run is under way or was stopped" if checked.under_way else "")


def main(arguments: list[str] | None = None) -> int:
    """Check an output folder; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.verify", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("--images", type=place_argument, help="folder or URL of the photos, to hash them as well")
    parser.add_argument("--repair", action="store_true", help="clear away what is off; the next run makes it again")
    given = parser.parse_args(arguments)
    try:
        checked = check(given.out, given.images, mend=given.repair, show=print)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(summary_line(checked))
    return 1 if checked.findings else 0


if __name__ == "__main__":
    sys.exit(main())
