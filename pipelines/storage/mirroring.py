"""Copy a version of the manifest with its pictures and photos to a local folder."""

from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import UserError
from pipelines.storage.adopting import adopt_version
from pipelines.storage.current import current
from pipelines.storage.files import flush, is_local, make_folder, read_whole, spread, write_whole
from pipelines.storage.lock import locked
from pipelines.storage.pictures import PICTURES, sweep_pictures
from pipelines.storage.retention import sweep_versions
from pipelines.storage.safe_paths import ImageProblem, safe_path
from pipelines.storage.versions import PartFile, folder_of, read_version

PHOTOS = "images"
"""Folder of the photos below the copy."""
KEPT = 3
"""Versions that stay readable in the copy."""


def mirror(
    out: Path, target: Path, images: Path | None = None, on_rows: Callable[[int, int], None] = lambda _done, _of: None
) -> int:
    """Copy the current version to a local folder, and make it current there.

    Pictures have their digest in their names, so what is there already stays; photos are compared by content. Versions
    that were copied before stay, up to ``KEPT`` in all, and pictures that none of them refers to go.

    Args:
        out: output folder, locally or on a store.
        target: local folder.
        images: folder of the photos, if those of the mattes are to be copied as well.
        on_rows: called with the number of rows that are done, and of all.

    Returns:
        The version's number.

    Raises:
        UserError: there is no version, the target is no local folder, or a file that the version lists is missing or
            not what it was.
    """
    if not is_local(target):
        raise UserError(f"{target}: expected a local folder to copy to")
    number = current(out)
    if number is None:
        raise UserError(f"{out}: no version of the manifest yet; no run has finished there")
    version = read_version(out, number)
    make_folder(target)
    with locked(target):
        done, total = 0, sum(part.rows for part in version.parts)
        for part, content in spread(out, lambda part: (part, _part(out, number, part)), version.parts):
            table = pq.read_table(pa.BufferReader(content))
            flush(_fetch(out, target, _pictures(table)))
            if images is not None and part.kind == "manifest":
                photos = zip(table["image_path"].to_pylist(), table["image_sha256"].to_pylist(), strict=True)
                flush(_fetch_photos(images, target / PHOTOS, dict(photos)))
            done += part.rows
            on_rows(done, total)
        adopt_version(out, target, version)
        sweep_versions(target, KEPT)
        with suppress(OSError, ValueError):  # what a damaged part of an earlier copy refers to is not known
            sweep_pictures(target)
    return number


def _part(out: Path, number: int, part: PartFile) -> bytes:
    try:
        content = read_whole(folder_of(out, number) / part.name)
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != part.sha256:
        raise UserError(f"{out}: version {number} is not whole: {part.name}; python -m pipelines.verify tells more")
    return content


def _pictures(table: pa.Table) -> dict[str, str | None]:
    """Digests of the pictures that a part's rows name, by name; None where an earlier schema has none."""
    found: dict[str | None, str | None] = {}
    for column in (column for column in PICTURES.values() if column in table.column_names):
        digest = column.replace("_path", "_sha256")
        digests = table[digest].to_pylist() if digest in table.column_names else [None] * table.num_rows
        found.update(zip(table[column].to_pylist(), digests, strict=True))
    return {name: digest for name, digest in found.items() if name is not None}


def _fetch(out: Path, target: Path, pictures: dict[str, str | None]) -> list[Path]:
    """Copy the pictures that are not there yet; returns their paths."""
    missing = [name for name in pictures if not _below(target, name).exists()]
    fetched = []
    for name, content in zip(missing, spread(out, lambda name: _content(out, name), missing), strict=True):
        if pictures[name] not in (None, sha256(content).hexdigest()):
            raise UserError(f"{out}: {name} is damaged; python -m pipelines.verify tells more")
        fetched.append(_write(target, name, content))
    return fetched


def _fetch_photos(images: Path, target: Path, photos: dict[str, str]) -> list[Path]:
    """Copy the photos that are not there as they were labelled; returns their paths."""
    changed = [name for name, digest in photos.items() if not _same(_below(target, name), digest)]
    fetched = []
    for name, content in zip(changed, spread(images, lambda name: _content(images, name), changed), strict=True):
        if sha256(content).hexdigest() != photos[name]:
            raise UserError(f"{images}: {name} is not the photo that was labelled; run the labelling job again")
        fetched.append(_write(target, name, content))
    return fetched


def _write(root: Path, name: str, content: bytes) -> Path:
    """Write a file that is flushed to disk later."""
    path = _below(root, name)
    make_folder(path.parent)
    write_whole(path, content, durable=False)
    return path


def _same(path: Path, digest: str) -> bool:
    try:
        return sha256(path.read_bytes()).hexdigest() == digest
    except OSError:
        return False


def _below(root: Path, name: str) -> Path:
    try:
        return safe_path(root, name)
    except ImageProblem as problem:
        raise UserError(f"{root}: {problem}") from None


def _content(root: Path, name: str) -> bytes:
    try:
        return read_whole(_below(root, name))
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise UserError(f"{root}: {name} is missing, though the manifest lists it") from None
