"""Which versions and parts are kept."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from pipelines.errors import UserError
from pipelines.storage.current import current
from pipelines.storage.files import PARTIAL, is_local, names, remove
from pipelines.storage.manifest import KINDS, part_paths, working
from pipelines.storage.versions import HEAD, begun, committed, folder_of, read_version


def sweep_versions(out: Path, keep: int) -> None:
    """Remove all but the newest ``keep`` versions and the current one, and versions half written. The lock is held."""
    kept = {*committed(out)[-keep:], current(out)}
    for number in begun(out):
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
