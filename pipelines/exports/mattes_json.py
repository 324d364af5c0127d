"""A COCO-style JSON that lists the mattes, for tools that read COCO. Written as a stream: it is large."""

import tempfile
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import IO, Any

import numpy as np
import orjson

from pipelines.storage.files import spread
from pipelines.storage.manifest import part_paths
from pipelines.storage.parts import read_columns
from pipelines.storage.streams import written_whole

_IMAGE = {"image_id": "id", "image_path": "file_name", "image_width": "width", "image_height": "height"}
"""Column to key of an entry of "images"."""
_ANNOTATION = ("image_id", "category", "bbox", "mask_area", "mask_rle", "alpha_path", "trimap_path", "annotation_id",
               "accessory_annotation_ids")  # fmt: skip


def write_mattes_json(out: Path, rows: Path | None = None) -> Path:
    """Write mattes.json below ``out``: COCO instances whose annotations carry ``alpha_path`` beside the mask's RLE.

    bbox and area are those of alpha > 0 and of the mask; ids are numbered from 1 in manifest order, and
    ``source_annotation_id`` names the annotation the matte came from. Memory is that of a few parts, and 16 bytes an
    image.

    Args:
        out: folder that it is written below, locally or on a store.
        rows: folder of manifest/, locally or on a store; by default ``out``.

    Raises:
        SchemaVersionError: the manifest was written with another schema version.
        OSError: it could not be written; what was there is still there then.
    """
    path = out / "mattes.json"
    manifest = (rows or out) / "manifest"
    with tempfile.TemporaryFile() as entries, written_whole(path) as file:
        images = _Images(entries)
        categories: set[str] = set()
        for part in _rows(manifest, (*_IMAGE, "category")):
            images.add(part)
            categories.update(row["category"] for row in part)
        numbers = {name: i for i, name in enumerate(sorted(categories), 1)}
        file.write(b'{"images":[')
        _write_joined(file, images.ordered())
        file.write(b'],"categories":')
        file.write(orjson.dumps([{"id": i, "name": name} for name, i in numbers.items()]))
        file.write(b',"annotations":[')
        _write_joined(file, _annotations(manifest, numbers))
        file.write(b"]}\n")
    return path


def _rows(manifest: Path, columns: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
    """Rows of one part after the other."""
    for table in spread(manifest, partial(read_columns, columns=columns), part_paths(manifest)):
        yield table.to_pylist()


class _Images:
    """Entries of "images" in a file, in the order they come, and where they are; the last one of an id counts."""

    def __init__(self, entries: IO[bytes]) -> None:
        self._entries = entries
        self._ids, self._ends = array("q"), array("q", [0])

    def add(self, rows: list[dict[str, Any]]) -> None:
        """The images of some rows."""
        for image, row in {row["image_id"]: row for row in rows}.items():
            written = self._entries.write(orjson.dumps({key: row[column] for column, key in _IMAGE.items()}))
            self._ids.append(image)
            self._ends.append(self._ends[-1] + written)

    def ordered(self) -> Iterator[bytes]:
        """One entry per image, in order of id."""
        ids = np.array(self._ids, np.int64)
        order = np.argsort(ids, kind="stable")
        last = np.append(ids[order][1:] != ids[order][:-1], True)[: len(ids)]
        for number in order[last]:
            self._entries.seek(self._ends[number])
            yield self._entries.read(self._ends[number + 1] - self._ends[number])


def _annotations(manifest: Path, categories: dict[str, int]) -> Iterator[bytes]:
    number = 0
    for part in _rows(manifest, _ANNOTATION):
        for row in part:
            number += 1
            entry = {
                "id": number,
                "image_id": row["image_id"],
                "category_id": categories[row["category"]],
                "iscrowd": 0,
                "bbox": row["bbox"],
                "area": row["mask_area"],
                "segmentation": row["mask_rle"],
                "alpha_path": row["alpha_path"],
                "trimap_path": row["trimap_path"],
                "source_annotation_id": row["annotation_id"],
                "accessory_annotation_ids": row["accessory_annotation_ids"],
            }
            yield orjson.dumps(entry)


def _write_joined(file: IO[bytes], entries: Iterable[bytes]) -> None:
    for number, entry in enumerate(entries):
        file.write(b"," + entry if number else entry)
