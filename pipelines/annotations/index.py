"""The index: one row per image, streamed from the annotation file, cut into shards.

An image's shard is the hash of its id modulo a power of two, so that adding or changing an image touches one shard.
"""

import os
import shutil
import tempfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from difflib import get_close_matches
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson

from pipelines.annotations.coco import (
    UNLISTED_IMAGE,
    UNREADABLE,
    annotation_from_json,
    detect_format,
    rights_from_json,
    whole_number,
)
from pipelines.annotations.image_names import lookups
from pipelines.annotations.json_stream import JsonStream
from pipelines.config import CocoMattingConfig
from pipelines.errors import UserError
from pipelines.records import Annotation, ImageRecord, Rights
from pipelines.storage.files import is_local, make_folder, mark, names, read_whole, remove, write_whole
from pipelines.subjects import ALL, same

INDEX_VERSION = 5
HEAD = "index.json"
NUMBERED = 'annotations have no "id": their position in the file is taken, from 1 on'
BUCKETS = 256
_SPILL_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class IndexSummary:
    """What the annotation file holds.

    Attributes:
        format: "instances" or "panoptic".
        sha256: of the annotation file.
        images, annotations: how many the file lists.
        categories: id to name.
        annotations_by_category: category id to count.
        shards: digest of every shard's rows and its number of images, in shard order.
        notes: sentences for people about how the file was read.
    """

    format: str
    sha256: str
    images: int
    annotations: int
    categories: dict[int, str]
    annotations_by_category: dict[int, int]
    shards: list[tuple[str, int]]
    notes: list[str] = field(default_factory=list)


def shard_of(image_id: int, count: int) -> int:
    """Shard of an image among ``count`` (a power of two)."""
    return zlib.crc32(str(image_id).encode()) % count


def shard_count(images: int, images_per_shard: int) -> int:
    """Least power of two that keeps the mean shard at or below ``images_per_shard``."""
    count = 1
    while count * images_per_shard < images:
        count *= 2
    return count


def build_index(
    config: CocoMattingConfig, folder: Path, on_bytes: Callable[[int], None] = lambda _: None
) -> IndexSummary:
    """Index ``config.annotations`` below ``folder``, or return the index that stands there for the same bytes.

    Memory stays bounded: rows are spilled to buckets on disk while the file streams by, then each bucket is grouped
    by image on its own.

    Raises:
        UserError: the file is not usable COCO, or holds no instance of the subject category.
    """
    path = config.annotations
    stamp = mark(path)
    if stamp is None or (is_local(path) and not path.is_file()):
        raise UserError(f"{path}: annotation file not found")
    name = os.fsencode(path.resolve()).decode(errors="backslashreplace") if is_local(path) else str(path)
    key = [INDEX_VERSION, *stamp, config.images_per_shard, name]
    standing_key, standing = _standing(folder) or (None, None)
    if standing is not None and standing_key == key:
        summary = standing
    else:
        summary = _rebuild(config, folder, standing, on_bytes)
        body = {"key": key, "summary": asdict(summary)}
        write_whole(folder / HEAD, orjson.dumps(body, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_INDENT_2))
    _check_subject(summary, config)
    return summary


def _standing(folder: Path) -> tuple[Any, IndexSummary] | None:
    """Key and summary of the index that stands there, if it is whole."""
    try:
        known = orjson.loads(read_whole(folder / HEAD))
        key, summary = known["key"], _summary_from_json(known["summary"])
    except (FileNotFoundError, ValueError, TypeError, KeyError, AttributeError):
        return None
    # A shard may have been lost without its head.
    standing = set(names(folder))
    return (key, summary) if all(shard_name(shard) in standing for shard in range(len(summary.shards))) else None


def _rebuild(
    config: CocoMattingConfig, folder: Path, known: IndexSummary | None, on_bytes: Callable[[int], None]
) -> IndexSummary:
    make_folder(folder)
    standing = set(names(folder))
    before = known.shards if known else []
    # Without its head a half-written index is none.
    remove(folder / HEAD)
    with tempfile.TemporaryDirectory(dir=folder if is_local(folder) else None, prefix="spill-") as temporary:
        spill = Path(temporary)
        tally, digest = _spilled(config.annotations, spill, on_bytes)
        count = shard_count(tally.images, config.images_per_shard)
        shards = [("", 0)] * count
        for shard, rows in _grouped(spill, count, tally):
            text = b"".join(orjson.dumps(row) + b"\n" for row in rows)
            shards[shard] = (digest_of(text), len(rows))
            same = len(before) == count and before[shard][0] == shards[shard][0]
            if not (same and shard_name(shard) in standing):
                write_whole(folder / shard_name(shard), text, durable=False)
    for name in standing - {shard_name(shard) for shard in range(count)} - {HEAD}:
        _remove_stale(folder / name)
    return IndexSummary(
        format=tally.format,
        sha256=digest,
        images=tally.images,
        annotations=tally.annotations,
        categories=tally.categories,
        annotations_by_category=dict(sorted(tally.by_category.items())),
        shards=shards,
        notes=[NUMBERED] if tally.numbered else [],
    )


def _spilled(annotations: Path, spill: Path, on_bytes: Callable[[int], None]) -> "tuple[_Tally, str]":
    """Cut the file into buckets below ``spill``; returns what it holds and its digest."""
    content = annotations
    if not is_local(annotations):  # read once, and at the disk's pace rather than the parser's
        from pipelines.storage import stores

        content = spill / "annotations"
        stores.download(annotations, content)
    stream = JsonStream(annotations, ("images", "annotations", "categories", "licenses"), on_bytes, content)
    tally = _Tally()
    _spill(stream, spill, tally)
    if not tally.categories:
        raise UserError(f'{annotations}: no "categories" found, expected COCO instances or COCO panoptic JSON')
    if not tally.images or not tally.annotations:
        missing = '"annotations"' if tally.images else '"images"'
        raise UserError(f"{annotations}: {missing} is missing or empty, expected COCO JSON with both")
    return tally, stream.sha256


def _remove_stale(path: Path) -> None:
    """A shard of an earlier index, or the spill of a killed run."""
    if is_local(path) and path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        remove(path)


@dataclass(slots=True)
class _Tally:
    images: int = 0
    annotations: int = 0
    format: str = "instances"
    categories: dict[int, str] = field(default_factory=dict)
    by_category: Counter[int] = field(default_factory=Counter)
    numbered: bool = False
    licenses: dict[int, Any] = field(default_factory=dict)
    """Entries of "licenses" by id; the first one of an id counts."""
    elsewhere: dict[str, str | None] = field(default_factory=dict)
    """Last parts of names of pictures that are not below the image folder, to the name; None where several end so."""


def _spill(stream: JsonStream, folder: Path, tally: _Tally) -> None:
    buckets: dict[int, bytearray] = defaultdict(bytearray)
    held = 0
    for key, item in stream:
        if key == "categories":
            ident = whole_number(item.get("id")) if isinstance(item, dict) else None
            if ident is None or not isinstance(item.get("name"), str):
                raise UserError(f"{stream.path}: category {item!r:.80} needs a whole-number id and a name")
            tally.categories[ident] = item["name"]
            continue
        if key == "licenses":
            ident = whole_number(item.get("id")) if isinstance(item, dict) else None
            if ident is not None:
                tally.licenses.setdefault(ident, item)
            continue
        if key == "annotations":
            _count_annotation(item, tally)
        else:
            tally.images += 1
            _note_name(item, tally)
        image = whole_number(item.get("id" if key == "images" else "image_id")) if isinstance(item, dict) else None
        bucket = shard_of(UNLISTED_IMAGE if image is None else image, BUCKETS)
        line = _line(key, item)
        buckets[bucket] += line
        held += len(line)
        if held > _SPILL_BYTES:
            _flush(buckets, folder)
            held = 0
    _flush(buckets, folder)


def _line(key: str, item: Any) -> bytes:
    """An entry as a line of its bucket; without the values that JSON's writer cannot write, where it has such."""
    try:
        return orjson.dumps([key, item]) + b"\n"
    except TypeError as error:  # nested too deeply
        fields = item if isinstance(item, dict) else {}
        kept = {name: value for name, value in fields.items() if _writable([name, value])}
        return orjson.dumps([key, kept | {UNREADABLE: str(error)}]) + b"\n"


def _writable(value: Any) -> bool:
    try:
        orjson.dumps(value)
    except TypeError:
        return False
    return True


def _count_annotation(item: Any, tally: _Tally) -> None:
    if tally.annotations == 0:
        tally.format = detect_format(item)
        tally.numbered = tally.format == "instances" and isinstance(item, dict) and "id" not in item
    tally.annotations += 1
    if not isinstance(item, dict):
        return
    if tally.numbered:
        item.setdefault("id", tally.annotations)
    segments = item.get("segments_info") if tally.format == "panoptic" else [item]
    for segment in segments if isinstance(segments, list) else []:
        category = whole_number(segment.get("category_id")) if isinstance(segment, dict) else None
        if category is not None:
            tally.by_category[category] += 1


def _flush(buckets: dict[int, bytearray], folder: Path) -> None:
    for bucket, text in buckets.items():
        with (folder / str(bucket)).open("ab") as file:
            file.write(text)
    buckets.clear()


def _grouped(spill: Path, count: int, tally: _Tally) -> Iterator[tuple[int, list[ImageRecord]]]:
    """Shards with their images in order of id. Both counts are powers of two, so either divides the other."""
    for first in range(min(count, BUCKETS)):
        rows: dict[int, list[ImageRecord]] = {shard: [] for shard in range(first, count, BUCKETS)}
        for bucket in range(first, BUCKETS, count):
            path = spill / str(bucket)
            for image in _images_of(path, tally) if path.exists() else ():
                rows[shard_of(image.image_id, count)].append(image)
        for shard, images in rows.items():
            yield shard, sorted(images, key=lambda image: image.image_id)


def _images_of(path: Path, tally: _Tally) -> list[ImageRecord]:
    listed: dict[int, ImageRecord] = {}
    annotated: dict[int, list[dict[str, Any]]] = defaultdict(list)
    with path.open("rb") as file:
        for line in file:
            key, item = orjson.loads(line)
            if key == "images":
                _add_image(item, listed, tally)
            else:
                image = whole_number(item.get("image_id")) if isinstance(item, dict) else None
                annotated[UNLISTED_IMAGE if image is None else image].append(item)
    for image_id in annotated:
        if image_id not in listed:
            detail = f'no image {image_id} in "images"' if image_id != UNLISTED_IMAGE else 'no usable "image_id"'
            listed[image_id] = ImageRecord(image_id, None, 0, 0, problem="image_not_listed", detail=detail)
    for image_id, record in listed.items():
        _add_annotations(record, annotated.get(image_id, []), tally)
    return list(listed.values())


def _name_of(fields: dict[str, Any]) -> str | None:
    """File name, or the address where LVIS has that alone."""
    names = (fields.get("file_name"), fields.get("coco_url"))
    return next((name for name in names if isinstance(name, str) and name), None)


def _note_name(item: Any, tally: _Tally) -> None:
    name = _name_of(item) if isinstance(item, dict) else None
    ends = lookups(name) if name else []
    if name and ends and tally.elsewhere.setdefault(ends[-1], name) != name:
        tally.elsewhere[ends[-1]] = None


def _lookups(name: str | None, tally: _Tally) -> list[str]:
    """Where to look for a picture; not for the mere last part of a name where several end so."""
    ends = lookups(name) if name else []
    return ends[:-1] if len(ends) > 1 and tally.elsewhere.get(ends[-1], name) is None else ends


def _add_image(item: Any, listed: dict[int, ImageRecord], tally: _Tally) -> None:
    fields = item if isinstance(item, dict) else {}
    ident, name = whole_number(fields.get("id")), _name_of(fields)
    width, height = whole_number(fields.get("width")), whole_number(fields.get("height"))
    record = ImageRecord(
        image_id=UNLISTED_IMAGE if ident is None else ident,
        file_name=name,
        width=max(width or 0, 0),
        height=max(height or 0, 0),
        lookups=_lookups(name, tally),
        rights=rights_from_json(fields, tally.licenses),
    )
    if ident is None or record.file_name is None:
        record.problem, record.detail = "image_malformed", f'image entry {item!r:.120} needs "id" and "file_name"'
    elif not (0 < record.width < 2**31 and 0 < record.height < 2**31):
        found = f"{fields.get('width')!r:.40} x {fields.get('height')!r:.40}"
        record.width = record.height = 0
        record.problem, record.detail = "image_malformed", f"width x height is {found}, expected two positive numbers"
    known = listed.get(record.image_id)
    if known is None:
        listed[record.image_id] = record
    elif known != replace(record, rights=known.rights) and known.problem != "duplicate_image_id":
        known.problem = "duplicate_image_id"
        known.detail = f"image id {record.image_id} is listed for {known.file_name} and for {record.file_name}"


def _add_annotations(record: ImageRecord, items: list[dict[str, Any]], tally: _Tally) -> None:
    if tally.format == "panoptic":
        _add_segments(record, items)
    else:
        record.annotations = [annotation_from_json(item) for item in items]
    record.annotations.sort(key=lambda a: a.annotation_id)
    record.categories = [tally.categories.get(i) for i in sorted({a.category_id for a in record.annotations})]
    _mark_duplicates(record.annotations)


def _add_segments(record: ImageRecord, items: list[dict[str, Any]]) -> None:
    if len(items) > 1 and not record.problem:
        record.problem = "duplicate_image_id"
        record.detail = f"{len(items)} panoptic annotations name image {record.image_id}, expected one"
    for item in items:
        name, segments = item.get("file_name"), item.get("segments_info")
        if isinstance(name, str) and name:
            record.panoptic_file = name
        elif not record.problem:
            record.problem, record.detail = "annotation_malformed", 'panoptic annotation has no "file_name"'
        if isinstance(segments, list):
            record.annotations += [annotation_from_json(segment) for segment in segments]


def _mark_duplicates(annotations: list[Annotation]) -> None:
    for before, after in pairwise(annotations):
        if before.annotation_id == after.annotation_id and after.problem is None:
            after.problem = "duplicate_annotation_id"
            after.detail = f"annotation id {after.annotation_id} stands twice in the same image; the first one is used"


def shard_name(shard: int) -> str:
    """File name of a shard's rows in the index."""
    return f"shard-{shard:05d}.jsonl"


def digest_of(rows: bytes) -> str:
    """16 hex digits over a shard's rows."""
    return sha256(rows).hexdigest()[:16]


def read_shard(folder: Path, shard: int, digest: str) -> Iterator[ImageRecord]:
    """Rows of one shard of the index.

    Raises:
        UserError: they are not those that the index was made with; the next run makes it anew.
    """
    for line in shard_lines(folder, shard, digest):
        fields = orjson.loads(line)
        fields["annotations"] = [Annotation(**a) for a in fields["annotations"]]
        fields["rights"] = Rights(**fields["rights"])
        yield ImageRecord(**fields)


def shard_lines(folder: Path, shard: int, digest: str) -> list[bytes]:
    """Rows of one shard as they are written.

    Raises:
        UserError: they are not those that the index was made with; the next run makes it anew.
    """
    path = folder / shard_name(shard)
    content = read_whole(path)
    if digest_of(content) != digest:
        remove(folder / HEAD)
        raise UserError(f"{path}: damaged; the same command makes it again")
    return content.splitlines()


def _check_subject(summary: IndexSummary, config: CocoMattingConfig) -> None:
    subject, known = config.fusion.subject, sorted(set(summary.categories.values()))
    for name in config.fusion.subjects:
        if name != ALL and not any(same(name, other) for other in known):
            near = get_close_matches(name.casefold(), [other.casefold() for other in known], 1)
            meant = "".join(f", is {other!r} meant?" for other in known if other.casefold() in near)
            raise UserError(f"{config.annotations}: no category named '{name}'{meant}; it has: {', '.join(known)}")
    ids = [i for i, name in summary.categories.items() if config.fusion.is_subject(name)]
    if not any(summary.annotations_by_category.get(i) for i in ids):
        raise UserError(f"{config.annotations}: category '{subject}' has no annotation, so there is nothing to matte")
    if summary.format == "panoptic" and config.panoptic is None:
        raise UserError(f"{config.annotations}: panoptic annotations need the folder of their PNGs (--panoptic DIR)")


def _summary_from_json(raw: dict[str, Any]) -> IndexSummary:
    for name in ("categories", "annotations_by_category"):
        raw[name] = {int(k): v for k, v in raw[name].items()}
    raw["shards"] = [(digest, images) for digest, images in raw["shards"]]
    return IndexSummary(**raw)
