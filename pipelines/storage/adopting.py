"""Parts from elsewhere: of an earlier release, of another output folder, of the current version."""

from pathlib import Path

from pipelines.storage.current import current, point
from pipelines.storage.files import PARTIAL, copy_whole, is_local, make_folder, read_whole, spread, write_whole
from pipelines.storage.manifest import KINDS, part_name, part_paths, shard_of_part, working
from pipelines.storage.publishing import begin_version, write_head
from pipelines.storage.versions import PartFile, Version, committed, folder_of


def adopt_version(source: Path, out: Path, version: Version) -> None:
    """Copy a version's parts and head to another output folder and make it current there. Its lock is held.

    Raises:
        OSError: it cannot be read or written.
    """
    folder = folder_of(out, version.version)
    begin_version(folder, version.parts)

    def read(part: PartFile) -> bytes:
        return read_whole(folder_of(source, version.version) / part.name)

    for part, content in zip(version.parts, spread(source, read, version.parts), strict=True):
        write_whole(folder / part.name, content)
    write_head(folder, version)
    point(out, version.version, version.version)


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
