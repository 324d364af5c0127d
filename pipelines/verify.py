"""Check an output folder against its manifest: counts, hashes, sizes, orphans, duplicates.

Command line: ``python -m pipelines.verify OUT [--images DIR] [--repair]``. Exit status 0: all is well, 1: something is
off, 2: it cannot be checked.
"""

import argparse
import io
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image, UnidentifiedImageError
from tqdm import tqdm

from pipelines.errors import StoreError, UserError
from pipelines.files import copy_whole, is_folder, names, read_whole, remove, spread
from pipelines.images import ImageProblem, safe_path
from pipelines.lock import disk_errors, held, locked
from pipelines.manifest import KINDS, READABLE, part_paths, shard_of_part, working
from pipelines.name_set import NameSet
from pipelines.parts import read_columns
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
        picture_of: of a picture, the part whose row names it; else None.
    """

    kind: str
    path: str
    detail: str
    shard: int | None = None
    version: int | None = None
    picture_of: PartFile | None = None


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
    part: PartFile
    version: int


@dataclass(slots=True)
class Repaired:
    """What a repair did.

    Attributes:
        cleared: findings that are gone, or are when the next run has ended.
        left: findings that were left alone, by the reason.
        again: the shards that the next run does again.
    """

    cleared: int = 0
    left: Counter[str] = field(default_factory=Counter)
    again: set[int] = field(default_factory=set)


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
    numbers = _numbers(out)
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


def _numbers(out: Path) -> list[int]:
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
    digests = _Digests()
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
        rows_of_part = [_Row(row, part, number) for row in table.to_pylist()]
        yield from _pictures(out, rows_of_part, checked, on_file)
        if images is not None:
            yield from _photos(images, rows_of_part, checked, on_file)
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
        return 0, Finding(kind, name, detail, row.part.shard, row.version, row.part)

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
        return 0, Finding("photo_changed", name, "the photo is gone", row.part.shard, row.version)
    digest = sha256(content).hexdigest()
    if digest == expected:
        return len(content), None
    detail = f"the photo's SHA-256 is {digest[:12]}, it was labelled as {expected[:12]}"
    return len(content), Finding("photo_changed", name, detail, row.part.shard, row.version)


class _Digests:
    """Sample ids of a version in 8 bytes each, to find those that stand twice."""

    def __init__(self) -> None:
        self._digests: list[np.ndarray[Any, np.dtype[np.uint64]]] = []
        self._parts: list[PartFile] = []

    def add(self, part: PartFile, content: bytes) -> None:
        """Take the ids of one part."""
        ids = _sample_ids(content)
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
            path = f"versions/{number:06d}/{part.name}"
            for ident in _sample_ids(read_whole(folder_of(out, number) / part.name)):
                if _digest(ident) in twice:
                    if ident in seen:
                        detail = f"sample {ident} stands in {seen[ident]} too"
                        yield Finding("duplicate", path, detail, part.shard, number)
                    seen.setdefault(ident, part.name)


def _sample_ids(content: bytes) -> list[str]:
    ids: list[str] = pq.read_table(pa.BufferReader(content), columns=["sample_id"])["sample_id"].to_pylist()
    return ids


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


def repair(out: Path, findings: Sequence[Finding]) -> Repaired:
    """Clear away what is off, so that the next run makes it again. The lock is held.

    Damaged pictures and parts are removed, and so is what no row refers to, if it is named as this program names it.
    What only versions that are not the newest need cannot be made again: those that are not whole are removed.
    """
    mending = _Repair(out, findings)
    # Older versions first, while the newest still has the parts that they get back.
    for finding in sorted(findings, key=lambda finding: finding.version == mending.newest):
        mending.clear(finding)
    return mending.done


class _Repair:
    """Clears findings away, each by what it is about."""

    def __init__(self, out: Path, findings: Sequence[Finding]) -> None:
        self.out = out
        self.newest = committed(out)[-1]
        self.done = Repaired()
        pictures = {finding.path for finding in findings if finding.picture_of is not None}
        self._makers = _makers(out, self.newest, pictures)

    def clear(self, finding: Finding) -> None:
        """Clear one finding away, or count why it is left alone."""
        if finding.kind == "orphan" and not _ours(finding.path):
            self.done.left["files not named as this program names them"] += 1
            return
        if finding.kind == "photo_changed" and finding.version != self.newest:
            self.done.left["photos of a version that is not the newest"] += 1
            return
        self.done.cleared += 1
        if finding.picture_of is not None:
            self._picture(finding, finding.picture_of)
        elif finding.kind == "orphan" or finding.version is None:
            remove(self.out / finding.path)
            self._again(finding.shard)
        elif finding.kind == "photo_changed" and finding.shard is not None:
            remove(inputs_path(self.out, finding.shard))
            self._again(finding.shard)
        elif finding.version != self.newest:
            if not self._put_back(finding, finding.version):
                remove(folder_of(self.out, finding.version) / HEAD)
        elif finding.shard is not None:
            self._parts(finding)
        else:
            remove(self.out / finding.path)

    def _again(self, shard: int | None) -> None:
        if shard is not None:
            self.done.again.add(shard)

    def _picture(self, finding: Finding, part: PartFile) -> None:
        """A name has one content, so a picture that the next run makes is right for older versions too."""
        if not _is_picture(finding.path):
            self._rows(part)
            return
        if finding.kind != "missing":
            remove(self.out / finding.path)
        if finding.path in self._makers:
            self._again(self._makers[finding.path])
        else:
            self._not_whole(part)

    def _rows(self, part: PartFile) -> None:
        """A part whose rows name files that are no pictures of ours is made again."""
        for known in _listed(self.out, self.newest):
            if known.sha256 == part.sha256:
                remove(folder_of(self.out, self.newest) / known.name)
                remove(known.working(self.out))
                self._again(known.shard)
        self._not_whole(part)

    def _not_whole(self, part: PartFile) -> None:
        """Remove the heads of the versions that have this part and are not the newest."""
        for number in committed(self.out):
            if number != self.newest and any(known.sha256 == part.sha256 for known in _listed(self.out, number)):
                remove(folder_of(self.out, number) / HEAD)

    def _put_back(self, finding: Finding, version: int) -> bool:
        """Give an older version its part again, where the newest version or the run's own parts have it."""
        for part in _listed(self.out, version):
            target = folder_of(self.out, version) / part.name
            if finding.path != f"versions/{version:06d}/{part.name}" or _good(target, part):
                continue
            for source in (folder_of(self.out, self.newest) / part.name, part.working(self.out)):
                if _good(source, part):
                    copy_whole(source, target)
                    return True
        return False

    def _parts(self, finding: Finding) -> None:
        """Remove both parts of a shard from the newest version."""
        for part in (part for part in _listed(self.out, self.newest) if part.shard == finding.shard):
            remove(folder_of(self.out, self.newest) / part.name)
            # Locally both names are of one file; a good one goes back to its place without work.
            if finding.kind == "duplicate" or not _good(part.working(self.out), part):
                remove(part.working(self.out))
        self._again(finding.shard)


def _ours(path: str) -> bool:
    """Whether a file is named and placed as this program's pictures and parts of versions are."""
    return _is_picture(path) or (path.startswith("versions/") and shard_of_part(path.rpartition("/")[2]) >= 0)


def _is_picture(path: str) -> bool:
    folder, _, name = path.partition("/")
    return folder in PICTURES and OURS.fullmatch(name) is not None


def _makers(out: Path, newest: int, pictures: set[str]) -> dict[str, int | None]:
    """Shards of the newest version whose rows name these pictures, by the pictures' names.

    A part or head that cannot be read may name any of them; the next run makes it again, and them.
    """
    if not pictures:
        return {}
    try:
        parts = read_version(out, newest).parts
    except UserError:
        return dict.fromkeys(pictures)
    found: dict[str, int | None] = {}
    for part, named in zip(parts, spread(out, lambda part: _named(out, newest, part), parts), strict=True):
        if named is None:
            found |= dict.fromkeys(pictures - found.keys(), part.shard)
        else:
            found |= dict.fromkeys(pictures & named, part.shard)
    return found


def _named(out: Path, version: int, part: PartFile) -> set[str] | None:
    """Pictures that a part's rows name; None where neither the version's part nor the run's own can be read."""
    for path in (folder_of(out, version) / part.name, part.working(out)):
        if _good(path, part):
            with suppress(ValueError):
                table = read_columns(path, list(PICTURES.values()))
                return {name for column in table.columns for name in column.to_pylist() if name is not None}
    return None


def _listed(out: Path, version: int) -> tuple[PartFile, ...]:
    try:
        return read_version(out, version).parts
    except UserError:
        return ()


def _good(path: Path, part: PartFile) -> bool:
    """Whether a file is what a version lists."""
    try:
        return sha256(read_whole(path)).hexdigest() == part.sha256
    except StoreError:  # says nothing about the part
        raise
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
    with disk_errors(out):
        _numbers(out)  # asking for what is not there makes no folder
        with locked(out) if mend else nullcontext():
            findings = _shown(out, images, checked, show, alone=mend)
            if mend and findings:
                show(_told(repair(out, findings)))
    return checked


def _shown(
    out: Path, images: Path | None, checked: Checked, show: Callable[[str], None], *, alone: bool
) -> list[Finding]:
    findings = []
    with tqdm(unit=" files", desc="verify", disable=None, leave=False) as bar:

        def tick() -> None:
            bar.update()

        for finding in verify(out, images, checked, tick, alone=alone):
            findings.append(finding)
            show(f"{finding.kind:13} {finding.path}: {finding.detail}")
    checked.findings = len(findings)
    return findings


def _told(done: Repaired) -> str:
    """What a repair did, in one line."""
    text = f"cleared {done.cleared} findings"
    text += "".join(f", left {count} alone ({reason})" for reason, count in done.left.items())
    if not done.cleared:
        return text
    again = sorted(done.again)
    shards = ", ".join(map(str, again[:20])) + (", ..." if len(again) > 20 else "")
    return f"{text}; shards to do again: {shards or 'none'}; now run the job again"


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
