"""Parquet files with embedded pictures, as Hugging Face ``datasets`` reads and streams them without any code."""

import io
from pathlib import Path, PurePosixPath
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.exports.format import Format, Items
from pipelines.exports.record import COLUMNS, record
from pipelines.storage.manifest import MANIFEST_SCHEMA

_IMAGE = pa.struct([pa.field("bytes", pa.binary()), pa.field("path", pa.string())])
PICTURES = ("image", "alpha", "trimap")
SCHEMA = pa.schema(
    [
        *(pa.field(name, _IMAGE) for name in PICTURES),
        *(MANIFEST_SCHEMA.field(name).with_nullable(True) for name in COLUMNS),
        *(pa.field(name, pa.string()) for name in ("alpha_sha256", "trimap_sha256", "review")),
        pa.field("mended", pa.bool_()),
    ]
)


def _feature(kind: pa.DataType) -> Any:
    """A column's type as ``datasets`` writes it."""
    if kind.equals(_IMAGE):
        return {"_type": "Image"}
    if pa.types.is_list(kind):
        return {"feature": _feature(kind.value_type), "_type": "List"}
    if pa.types.is_struct(kind):
        return {kind.field(i).name: _feature(kind.field(i).type) for i in range(kind.num_fields)}
    return {"dtype": {"double": "float64"}.get(str(kind), str(kind)), "_type": "Value"}


FEATURES = {column.name: _feature(column.type) for column in SCHEMA}
_METADATA = {"huggingface": orjson.dumps({"info": {"features": FEATURES}}).decode()}


def _shard_file(split: str, number: int) -> str:
    """Name of a shard's file."""
    return f"data/{split}-{number:05d}.parquet"


def _encode(items: Items) -> bytes:
    """A shard's file; the same mattes give the same bytes.

    Row groups are small, so that a reader that streams holds few pictures at a time.
    """
    rows = []
    for item, pictures in items:
        name = PurePosixPath(item.row.image_path).name
        files = {
            "image": {"bytes": pictures.photo, "path": name},
            "alpha": {"bytes": pictures.alpha, "path": Path(item.alpha_path).name},
            "trimap": {"bytes": pictures.trimap, "path": Path(item.trimap_path).name},
        }
        rows.append(files | record(item))
    content = io.BytesIO()
    table = pa.Table.from_pylist(rows, schema=SCHEMA.with_metadata(_METADATA))
    # Pictures are packed already.
    plain = {f"{name}.bytes": "NONE" for name in PICTURES}
    columns = {path: plain.get(path, "zstd") for path in _leaves()}
    pq.write_table(table, content, row_group_size=100, compression=columns)
    return content.getvalue()


def _leaves() -> list[str]:
    content = io.BytesIO()
    pq.write_table(SCHEMA.empty_table(), content)
    parquet = pq.ParquetFile(pa.BufferReader(content.getvalue())).schema
    return [parquet.column(i).path for i in range(len(parquet))]


_ABOUT = (
    "`image`, `alpha` and `trimap` of `data/*.parquet` are the pictures; `datasets` turns photos by their EXIF itself."
)
HUGGINGFACE = Format(_shard_file, _encode, _ABOUT, patterns=("data/{split}-*.parquet",))
