"""Copy a version of the manifest with its pictures and photos to this machine, so that training reads a local disk.

Command line: ``python -m pipelines.mirror s3://bucket/out DIR [--images s3://bucket/train2017]``. Repeated, it fetches
what is new. ``DIR`` is an output folder like any other: ``DIR/manifest``, ``DIR/alphas``, and ``DIR/images`` for the
photos of the mattes.
"""

import argparse
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from tqdm import tqdm

from pipelines.errors import UserError
from pipelines.files import is_local, make_folder, read_whole, spread, write_whole
from pipelines.images import ImageProblem, safe_path
from pipelines.lock import disk_errors, locked
from pipelines.shard import PICTURES
from pipelines.stores import place_argument
from pipelines.versions import PartFile, adopt_version, current, folder_of, read_version

PHOTOS = "images"
"""Folder of the photos below the copy."""
_PHOTO = ("image_path", "image_sha256")


def mirror(
    out: Path, target: Path, images: Path | None = None, on_rows: Callable[[int, int], None] = lambda _done, _of: None
) -> int:
    """Copy the current version to a local folder, and make it current there.

    Pictures have their digest in their names, so what is there already stays; photos are compared by content.

    Args:
        out: output folder, locally or on a store.
        target: local folder.
        images: folder of the photos, if those of the mattes are to be copied as well.
        on_rows: called with the number of rows that are done, and of all.

    Returns:
        The version's number.

    Raises:
        UserError: there is no version, the target is no local folder, or a file that the version lists is missing.
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
            rows = pq.read_table(pa.BufferReader(content), columns=[*PICTURES.values(), *_PHOTO]).to_pylist()
            _fetch(out, target, [row[name] for row in rows for name in PICTURES.values() if row[name] is not None])
            if images is not None and part.kind == "manifest":
                _fetch_photos(images, target / PHOTOS, {row["image_path"]: row["image_sha256"] for row in rows})
            done += part.rows
            on_rows(done, total)
        adopt_version(out, target, version)
    return number


def _part(out: Path, number: int, part: PartFile) -> bytes:
    try:
        content = read_whole(folder_of(out, number) / part.name)
    except FileNotFoundError:
        content = b""
    if sha256(content).hexdigest() != part.sha256:
        raise UserError(f"{out}: version {number} is not whole: {part.name}; python -m pipelines.verify tells more")
    return content


def _fetch(out: Path, target: Path, names: list[str]) -> None:
    missing = [name for name in dict.fromkeys(names) if not _below(target, name).exists()]
    for name, content in zip(missing, spread(out, lambda name: _content(out, name), missing), strict=True):
        path = _below(target, name)
        make_folder(path.parent)
        write_whole(path, content, durable=False)


def _fetch_photos(images: Path, target: Path, photos: dict[str, str]) -> None:
    changed = [name for name, digest in photos.items() if not _same(_below(target, name), digest)]
    for name, content in zip(changed, spread(images, lambda name: _content(images, name), changed), strict=True):
        if sha256(content).hexdigest() != photos[name]:
            raise UserError(f"{images}: {name} is not the photo that was labelled; run the labelling job again")
        path = _below(target, name)
        make_folder(path.parent)
        write_whole(path, content, durable=False)


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


def main(arguments: list[str] | None = None) -> int:
    """Copy an output folder's current version here; returns the exit status."""
    parser = argparse.ArgumentParser("python -m pipelines.mirror", description=(__doc__ or "").split("\n\n")[0])
    parser.add_argument("out", type=place_argument, help="output folder of a labelling or propagation run, or its URL")
    parser.add_argument("target", type=place_argument, metavar="DIR", help="local folder")
    parser.add_argument("--images", type=place_argument, help="folder or URL of the photos, to copy them to DIR/images")
    given = parser.parse_args(arguments)
    try:
        with disk_errors(given.target), tqdm(unit=" rows", desc="mirror", disable=None, leave=False) as bar:

            def show(done: int, total: int) -> None:
                bar.total = total
                bar.update(done - bar.n)

            number = mirror(given.out, given.target, given.images, show)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"version {number}\nmanifest  {given.target / 'manifest'}")
    if given.images is not None:
        print(f"images    {given.target / PHOTOS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
