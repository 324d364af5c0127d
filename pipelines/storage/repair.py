"""Clear away what a check found, so that the next run makes it again."""

from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from pipelines.errors import StoreError, UserError
from pipelines.storage.files import copy_whole, read_whole, remove, spread
from pipelines.storage.findings import Finding, Repaired
from pipelines.storage.manifest import inputs_path, shard_of_part
from pipelines.storage.parts import read_columns
from pipelines.storage.pictures import OURS, PICTURES
from pipelines.storage.versions import HEAD, PartFile, committed, folder_of, read_version


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
