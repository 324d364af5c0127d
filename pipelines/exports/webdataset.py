"""Tar files as WebDataset reads them: the files of a sample share a name and follow each other."""

import io
import tarfile
from collections.abc import Iterator

import orjson

from pipelines.exports.choice import Chosen
from pipelines.exports.format import Format, Items
from pipelines.exports.pictures import Pictures
from pipelines.exports.record import record


def _shard_file(split: str, number: int) -> str:
    """Name of a shard's file."""
    return f"{split}-{number:06d}.tar"


def _key(item: Chosen) -> str:
    """Name of a sample: its ``sample_id`` without dots, after the first of which WebDataset reads what a file is."""
    return item.row.sample_id.replace(".", "_")


def _encode(items: Items) -> bytes:
    """A shard's file: photo (``jpg``, ``png``, ...), ``alpha.png``, ``trimap.png`` and ``json`` of every matte.

    The same mattes give the same bytes: files have no owner and no time.
    """
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for item, pictures in items:
            for name, data in _files(item, pictures):
                entry = tarfile.TarInfo(f"{_key(item)}.{name}")
                entry.size, entry.mode = len(data), 0o644
                tar.addfile(entry, io.BytesIO(data))
    return content.getvalue()


def _files(item: Chosen, pictures: Pictures) -> Iterator[tuple[str, bytes]]:
    yield pictures.suffix.removeprefix("."), pictures.photo
    yield "alpha.png", pictures.alpha
    yield "trimap.png", pictures.trimap
    yield "json", orjson.dumps(record(item), option=orjson.OPT_SORT_KEYS)


_ABOUT = "Each matte is four files of a tar: the photo, `alpha.png`, `trimap.png`, and `json` with the other columns."
WEBDATASET = Format(_shard_file, _encode, _ABOUT)
