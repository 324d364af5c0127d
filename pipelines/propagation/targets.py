"""The targets of a propagation run: a folder's pictures, in shards."""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import orjson

from pipelines.annotations.index import digest_of, shard_count, shard_name, shard_of
from pipelines.errors import NoPictures, UserError
from pipelines.records import ImageRecord
from pipelines.storage import stores
from pipelines.storage.files import is_folder, is_local, make_folder, remove, spread, write_whole
from pipelines.storage.files import names as listed

EXTENSIONS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
"""Endings of files that are taken for pictures, in any case."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What a folder holds.

    Attributes:
        images: number of pictures.
        others: number of files with other endings, which are left alone.
        shards: digest of every shard's rows and its number of images, in shard order.
    """

    images: int
    others: int
    shards: list[tuple[str, int]]


def image_id(name: str) -> int:
    """48-bit id of a picture, from its path below the folder: the same in every run, whatever else is there."""
    return int.from_bytes(sha256(name.encode("utf-8", "surrogateescape")).digest()[:6])


def index_targets(images: Path, leave_out: Iterable[Path], images_per_shard: int, folder: Path) -> Targets:
    """List a folder's pictures and write the shards' rows below ``folder``, for ``index.read_shard``.

    A picture's shard depends on its name and the number of shards alone, so that a new picture touches one shard. Links
    to folders are not followed; hidden files and folders are left out.

    Args:
        images: the folder, searched with its subfolders.
        leave_out: files and folders below it that are no targets, such as the output.
        images_per_shard: aim for the size of a shard.
        folder: where the rows are written.

    Raises:
        UserError: the folder is not there.
        NoPictures: it holds no picture.
    """
    if not is_folder(images):
        raise UserError(f"{images}: folder of targets not found")
    names, others = _names(images, leave_out) if is_local(images) else _keys(images, leave_out)
    if not names:
        found = f"{others} other files" if others else "no file"
        raise NoPictures(f"{images}: no picture found ({found}), expected files ending in {', '.join(EXTENSIONS)}")
    count = shard_count(len(names), images_per_shard)
    rows: list[list[ImageRecord]] = [[] for _ in range(count)]
    known: dict[int, str] = {}
    for name in names:
        record = _record(name)
        if record.image_id in known:
            raise UserError(f"{images}: {name} and {known[record.image_id]} get the same id; rename one of them")
        known[record.image_id] = name
        rows[shard_of(record.image_id, count)].append(record)
    make_folder(folder)
    stale = set(listed(folder)) - {shard_name(shard) for shard in range(count)}
    for _ in spread(folder, remove, (folder / name for name in sorted(stale))):
        pass
    numbered = enumerate(rows)
    return Targets(len(names), others, list(spread(folder, lambda item: _write(folder, *item), numbered)))


def _keys(images: Path, leave_out: Iterable[Path]) -> tuple[list[str], int]:
    """As ``_names``, on a store."""
    own = {str(path) for path in leave_out}
    names, others = [], 0
    for name in stores.below(images):
        parts = PurePosixPath(name).parts
        above = {str(images.joinpath(*parts[:count])) for count in range(1, len(parts) + 1)}
        if any(part.startswith(".") for part in parts) or above & own:
            continue
        if name.lower().endswith(EXTENSIONS):
            names.append(name)
        else:
            others += 1
    return sorted(names), others


def _names(images: Path, own: Iterable[Path]) -> tuple[list[str], int]:
    """Paths of the pictures below the folder with "/", sorted, and the number of other files."""
    leave_out = {path.resolve() for path in own if is_local(path)}
    names, others = [], 0
    for root, folders, files in os.walk(images):
        here = Path(root)
        folders[:] = [f for f in folders if not f.startswith(".") and (here / f).resolve() not in leave_out]
        for file in files:
            if file.startswith(".") or (here / file).resolve() in leave_out:
                continue
            if file.lower().endswith(EXTENSIONS):
                names.append((here / file).relative_to(images).as_posix())
            else:
                others += 1
    return sorted(names), others


def _record(name: str) -> ImageRecord:
    try:
        name.encode()
    except UnicodeEncodeError:
        shown = name.encode("utf-8", "backslashreplace").decode()
        detail = f"file name {shown} is not UTF-8; rename the file"
        return ImageRecord(image_id(name), shown, 0, 0, problem="image_malformed", detail=detail)
    return ImageRecord(image_id(name), name, 0, 0)


def _write(folder: Path, shard: int, records: list[ImageRecord]) -> tuple[str, int]:
    records.sort(key=lambda record: record.image_id)
    text = b"".join(orjson.dumps(asdict(record)) + b"\n" for record in records)
    write_whole(folder / shard_name(shard), text, durable=False)
    return digest_of(text), len(records)
