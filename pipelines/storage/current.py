"""Which version is current, and the links that lead to it."""

from contextlib import suppress
from pathlib import Path

import orjson

from pipelines.errors import UserError
from pipelines.storage.files import PARTIAL, is_local, names, read_whole, remove, write_whole
from pipelines.storage.manifest import KINDS, VERSIONS, shard_of_part
from pipelines.storage.versions import committed, folder_of, lost_parts

CURRENT = "current.json"


def pointer(out: Path) -> dict[str, int]:
    """``{"version": the current one, "newest": the newest when that was decided}``; empty before the first version."""
    try:
        raw = orjson.loads(read_whole(out / CURRENT))
        return {"version": int(raw["version"]), "newest": int(raw["newest"])}
    except (FileNotFoundError, NotADirectoryError, ValueError, KeyError, TypeError):
        return {}


def current(out: Path) -> int | None:
    """Number of the current version, or None before the first one."""
    return pointer(out).get("version")


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


def complete(out: Path) -> bool:
    """Whether there is a current version and all of its files stand, judged by their names."""
    version = current(out)
    if version is None:
        return False
    try:
        return not lost_parts(out, version)
    except UserError:
        return False


def point(out: Path, version: int, newest: int) -> None:
    """Make a version current, and note which one was the newest then. The lock is held."""
    write_whole(out / CURRENT, orjson.dumps({"version": version, "newest": newest}) + b"\n")
    link(out, version)


def restore_links(out: Path) -> None:
    """Put back the links to the current version that were lost or lead elsewhere. The lock is held."""
    version = current(out)
    if version is not None:
        link(out, version)


def link(out: Path, version: int) -> None:
    """On a local disk, ``manifest`` and ``rejects`` lead to the current version. Disks without links do without.

    A file or folder of somebody else's in a link's place stays.
    """
    if not is_local(out):
        return
    for kind in KINDS:
        target = f"{VERSIONS}/{version:06d}/{kind}"
        standing, beside = out / kind, out / f".{kind}{PARTIAL}"
        if standing.is_symlink() and str(standing.readlink()) == target:
            continue
        with suppress(OSError):
            beside.unlink(missing_ok=True)
            beside.symlink_to(target)
            _clear_copy(standing)
            if standing.is_symlink() or not standing.exists():
                beside.replace(standing)
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


def use(out: Path, version: int) -> None:
    """Make a version current again. The lock is held. It stays so until a run makes something new.

    Raises:
        UserError: there is no such version, or not all of it.
    """
    if lost := lost_parts(out, version):
        raise UserError(f"{out}: version {version} has lost {', '.join(lost[:3])}; it cannot be used")
    point(out, version, committed(out)[-1])
