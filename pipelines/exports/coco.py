"""COCO's JSON with mattes: what reads COCO reads it, and finds ``alpha_path`` and ``trimap_path`` beside each mask."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import orjson

from pipelines.exports.format import Format, Items, Joined
from pipelines.exports.plain_files import Layout
from pipelines.exports.record import record
from pipelines.exports.records import lines, shard_file
from pipelines.exports.tally import Tally

LAYOUT = Layout("images", "alphas", "trimaps")
_IMAGE = {"image_id": "id", "image_path": "file_name", "image_width": "width", "image_height": "height",
          "license_id": "license", "coco_url": "coco_url", "flickr_url": "flickr_url"}  # fmt: skip
"""Column to key of an entry of "images"."""
_ELSEWHERE = {*_IMAGE, "annotation_id", "mask_rle", "mask_area", "bbox", "license_name", "license_url", "split"} - {
    "image_id"
}
"""Columns that an annotation does not have under their own name."""


def annotations_file(split: str) -> str:
    """Name of the file that others read."""
    return f"annotations/mattes_{split}.json"


def _encode(items: Items) -> bytes:
    entries = []
    for item, pictures in items:
        row = record(item)
        image = {key: row[column] for column, key in _IMAGE.items() if row[column] is not None}
        annotation = {key: value for key, value in row.items() if key not in _ELSEWHERE} | {
            "source_annotation_id": row["annotation_id"],
            "iscrowd": 0,
            "segmentation": row["mask_rle"],
            "area": row["mask_area"],
            "bbox": pictures.box,
            "alpha_path": LAYOUT.alpha(item),
            "trimap_path": LAYOUT.trimap(item),
        }
        entries.append({"split": row["split"], "image": image, "annotation": annotation})
    return lines(entries)


def _join(records: Callable[[], Iterator[bytes]], tally: Tally) -> Joined:
    for split in sorted(tally.splits):
        yield annotations_file(split), _document(partial(_of_split, records, split), tally)


def _of_split(records: Callable[[], Iterator[bytes]], split: str) -> Iterator[dict[str, Any]]:
    return (entry for entry in map(orjson.loads, records()) if entry["split"] == split)


def _document(entries: Callable[[], Iterator[dict[str, Any]]], tally: Tally) -> Iterator[bytes]:
    numbers = {name: number for number, name in enumerate(sorted(tally.categories), 1)}
    licenses = {ident: (name, url) for ident, name, url, *_ in tally.photos.values() if ident is not None}
    yield b'{"licenses":'
    yield orjson.dumps([{"id": i, "name": name, "url": url} for i, (name, url) in sorted(licenses.items())])
    yield b',"categories":'
    yield orjson.dumps([{"id": number, "name": name} for name, number in numbers.items()])
    yield b',"images":['
    yield from _joined(_images(entries()))
    yield b'],"annotations":['
    yield from _joined(_annotations(entries(), numbers))
    yield b"]}\n"


def _images(entries: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    seen: set[int] = set()
    for entry in entries:
        image = entry["image"]
        if image["id"] not in seen:
            seen.add(image["id"])
            yield image


def _annotations(entries: Iterable[dict[str, Any]], numbers: dict[str, int]) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries, 1):
        annotation = entry["annotation"]
        yield annotation | {"id": number, "category_id": numbers[annotation.pop("category")]}


def _joined(entries: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for number, entry in enumerate(entries):
        yield (b",\n" if number else b"\n") + orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)


_ABOUT = """
`annotations/*.json` is COCO's: `segmentation` and `area` are of the mask that the matte was made from, `bbox` is of
alpha > 0, `alpha_path` and `trimap_path` name files below this folder, `file_name` one below `images`.
""".strip()
COCO = Format(shard_file, _encode, _ABOUT, LAYOUT, join=_join)
