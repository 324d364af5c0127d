"""A folder that FiftyOne reads without code of ours, by ``fo.Dataset.from_dir`` as a ``fo.types.FiftyOneDataset``.

A sample is a matte: its photo, ``alpha`` as a heat map, ``trimap`` as a segmentation, ``subject`` as a box, the
manifest's columns, and people's verdict as a tag. ``pipelines.exports.fiftyone_tags`` reads tags back as decisions.
"""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import orjson
import pyarrow as pa

from pipelines.exports.format import Format, Items, Joined
from pipelines.exports.plain_files import Layout
from pipelines.exports.record import COLUMNS, record
from pipelines.exports.records import lines, shard_file
from pipelines.exports.tally import Tally
from pipelines.storage.manifest import MANIFEST_SCHEMA

VERSION = "1.0.0"
"""Of FiftyOne: as old as can be, since each release reads what earlier ones wrote."""
LAYOUT = Layout("data", "fields/alpha", "fields/trimap")
SAMPLES = "samples.json"
SEEN = "machine_alpha_sha256"
"""Field with the digest of the machine's matte, which decisions are about."""
_RENAMED = {"dataset": "source_dataset"}
"""Columns whose name FiftyOne uses itself."""
_COLUMNS = tuple(name for name in COLUMNS if name not in ("mask_rle", "bbox"))
_TYPES = {
    "int": "IntField",
    "float": "FloatField",
    "double": "FloatField",
    "string": "StringField",
    "bool": "BooleanField",
}
_LABELS: dict[str, tuple[str, dict[str, Any]]] = {
    "alpha": ("Heatmap", {"map": "ArrayField", "map_path": "StringField", "range": ("ListField", "FloatField")}),
    "trimap": ("Segmentation", {"mask": "ArrayField", "mask_path": "StringField"}),
    "subject": ("Detection", {"label": "StringField", "bounding_box": ("ListField", "FloatField"), "mask": "ArrayField",
                              "confidence": "FloatField", "index": "IntField"}),
}  # fmt: skip


def _encode(items: Items) -> bytes:
    entries = []
    for item, pictures in items:
        row, name = record(item), item.row.sample_id
        x, y, width, height = pictures.box
        across, down = item.row.image_width, item.row.image_height
        box = [x / across, y / down, width / across, height / down]
        entry = {_RENAMED.get(column, column): row[column] for column in _COLUMNS}
        entry |= {
            "_id": _ident(name),
            "_rand": int(sha256(name.encode()).hexdigest()[:13], 16) / 16**13,
            "_media_type": "image",
            "filepath": LAYOUT.image(item),
            "tags": [] if item.state == "undecided" else [item.state],
            "alpha": _label("Heatmap", name, map_path=LAYOUT.alpha(item), range=[0.0, 255.0]),
            "trimap": _label("Segmentation", name, mask_path=LAYOUT.trimap(item)),
            "subject": _label("Detection", name, label=item.row.category, bounding_box=box),
            "review": item.state,
            "mended": item.mended,
            SEEN: item.row.alpha_sha256,
        }
        entries.append(entry)
    return lines(entries)


def _ident(text: str) -> dict[str, str]:
    return {"$oid": sha256(text.encode()).hexdigest()[:24]}


def _label(kind: str, name: str, **known: Any) -> dict[str, Any]:
    return {"_id": _ident(f"{kind} {name}"), "_cls": kind, "tags": [], **known}


def _join(records: Callable[[], Iterator[bytes]], tally: Tally) -> Joined:
    yield "metadata.json", [orjson.dumps(_metadata(), option=orjson.OPT_INDENT_2)]
    yield SAMPLES, _samples(records())


def _samples(records: Iterator[bytes]) -> Iterator[bytes]:
    yield b'{"samples": ['
    for number, line in enumerate(records):
        yield (b",\n" if number else b"\n") + line.rstrip(b"\n")
    yield b"\n]}\n"


def _metadata() -> dict[str, Any]:
    fields = [
        _field("id", "ObjectIdField", "_id"),
        _field("_rand", "FloatField"),
        _field("_media_type", "StringField"),
        _field("filepath", "StringField"),
        _field("tags", ("ListField", "StringField")),
        *(_field(_RENAMED.get(name, name), _type(MANIFEST_SCHEMA.field(name).type)) for name in _COLUMNS),
        _field("review", "StringField"),
        _field("mended", "BooleanField"),
        _field(SEEN, "StringField"),
        *(_label_field(name, kind, known) for name, (kind, known) in _LABELS.items()),
    ]
    return {
        "name": "mattes",
        "version": VERSION,
        "media_type": "image",
        "sample_fields": fields,
        "frame_fields": [],
        "mask_targets": {"trimap": {"128": "unknown", "255": "foreground"}},
        "default_mask_targets": {},
        "classes": {},
        "default_classes": [],
        "group_media_types": {},
        "skeletons": {},
        "tags": [],
        "info": {},
        "app_config": {
            "media_fields": ["filepath"],
            "grid_media_field": "filepath",
            "modal_media_field": "filepath",
            "plugins": {},
        },
    }


def _type(kind: pa.DataType) -> str | tuple[str, str]:
    """FiftyOne's field of a column."""
    if pa.types.is_list(kind):
        return "ListField", str(_type(kind.value_type))
    if pa.types.is_struct(kind):
        return "DictField"
    return _TYPES[str(kind).rstrip("0123456789")]


def _field(name: str, kind: str | tuple[str, str], stored: str | None = None) -> dict[str, Any]:
    kind, inner = (kind, None) if isinstance(kind, str) else kind
    return {
        "name": name,
        "ftype": f"fiftyone.core.fields.{kind}",
        "embedded_doc_type": None,
        "subfield": inner and f"fiftyone.core.fields.{inner}",
        "fields": [],
        "db_field": stored or name,
        "description": None,
        "info": None,
    }


def _label_field(name: str, kind: str, known: dict[str, Any]) -> dict[str, Any]:
    inside = [
        _field("id", "ObjectIdField", "_id"),
        _field("tags", ("ListField", "StringField")),
        *(_field(*each) for each in known.items()),
    ]
    return _field(name, "EmbeddedDocumentField") | {
        "embedded_doc_type": f"fiftyone.core.labels.{kind}",
        "fields": inside,
    }


_ABOUT = """`fiftyone.Dataset.from_dir` reads this folder as a `fiftyone.types.FiftyOneDataset`: a sample is a matte,
people's verdict its tag."""
FIFTYONE = Format(shard_file, _encode, _ABOUT, LAYOUT, join=_join)
