"""The manifest: the contract between labelling and training. One schema, versioned, documented in docs/manifest.md."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.records import Instance

SCHEMA_VERSION = 2
"""2 added the columns of propagated objects, from ``reference_path`` to ``similarity_path``."""
READABLE = ("1", "2")
"""Versions that ``read_part`` reads; what an older one lacks is None."""

_PROMPT = pa.struct(
    [
        *(pa.field(name, pa.float64(), False) for name in ("reference_x", "reference_y", "x", "y")),
        pa.field("positive", pa.bool_(), False),
        pa.field("score", pa.float64(), False),
        pa.field("used", pa.bool_(), False),
    ]
)
_PROPAGATED = {
    "reference_path": pa.string(),
    "reference_sha256": pa.string(),
    "object_score": pa.float64(),
    "prompts": pa.list_(_PROMPT),
    "features": pa.string(),
    "segmenter": pa.string(),
    "similarity_path": pa.string(),
}
_RLE = pa.struct([pa.field("size", pa.list_(pa.int32())), pa.field("counts", pa.string())])
_MATTE_ONLY = {
    "bbox", "alpha_path", "trimap_path", "kernel_size", "unknown_fraction", "mask_iou", "soft_fraction",
    "matting_backend", "matting_revision", "image_sha256", "mask_rle", "mask_area",
}  # fmt: skip


def _columns(accepted: bool) -> list[pa.Field]:
    types: list[tuple[str, pa.DataType]] = [
        ("sample_id", pa.string()),
        ("dataset", pa.string()),
        ("split", pa.string()),
        ("image_id", pa.int64()),
        ("annotation_id", pa.int64()),
        ("category", pa.string()),
        ("accessory_annotation_ids", pa.list_(pa.int64())),
        ("accessory_categories", pa.list_(pa.string())),
        ("image_path", pa.string()),
        ("image_width", pa.int32()),
        ("image_height", pa.int32()),
        ("image_sha256", pa.string()),
        ("exif_orientation", pa.int8()),
        ("bbox", pa.list_(pa.int32())),
        ("mask_rle", _RLE),
        ("mask_area", pa.int64()),
        ("alpha_path", pa.string()),
        ("trimap_path", pa.string()),
        ("cutout_path", pa.string()),
        ("kernel_size", pa.int32()),
        ("unknown_fraction", pa.float64()),
        ("mask_iou", pa.float64()),
        ("soft_fraction", pa.float64()),
        ("sam_iou", pa.float64()),
        ("matting_backend", pa.string()),
        ("matting_revision", pa.string()),
        *_PROPAGATED.items(),
        ("input_hash", pa.string()),
        ("config_hash", pa.string()),
        ("schema_version", pa.int32()),
    ]
    optional = {"cutout_path", "sam_iou", *_PROPAGATED} | (set() if accepted else _MATTE_ONLY)
    return [pa.field(name, kind, nullable=name in optional) for name, kind in types]


MANIFEST_SCHEMA = pa.schema(_columns(accepted=True))
"""One row per matte."""

REJECTS_SCHEMA = pa.schema(
    [*_columns(accepted=False), pa.field("reason", pa.string(), False), pa.field("detail", pa.string(), False)]
)
"""One row per annotation that gave no matte: the manifest's columns where known, a reason code, a sentence."""


class SchemaVersionError(ValueError):
    """A manifest written with another schema version than this code reads."""


def part_name(shard: int) -> str:
    """File name of a shard's part, the same below ``manifest/`` and ``rejects/``."""
    return f"part-{shard:05d}.parquet"


def _row(instance: Instance) -> dict[str, Any]:
    row = {f.name: getattr(instance, f.name) for f in fields(instance)}
    return row | {"schema_version": SCHEMA_VERSION}


def write_part(
    path: Path, instances: Iterable[Instance], schema: pa.Schema, metadata: Mapping[str, str] | None = None
) -> None:
    """Write rows to one Parquet file that appears whole or not at all.

    Args:
        path: the file to write; its folder exists.
        instances: rows, in the order they are to stand.
        schema: ``MANIFEST_SCHEMA`` or ``REJECTS_SCHEMA``.
        metadata: extra key-value pairs for the file's own metadata.

    Raises:
        ValueError: a row lacks a column that every row must have.
        OSError: the file could not be written; nothing stands at ``path`` then that did not before.
    """
    meta = {"schema_version": str(SCHEMA_VERSION), **(metadata or {})}
    table = pa.Table.from_pylist([_row(i) for i in instances], schema=schema.with_metadata(meta))
    for column in schema:
        if not column.nullable and table[column.name].null_count:
            raise ValueError(f"{path.name}: column {column.name} must not be null")
    beside = path.with_name(f".{path.name}.partial")
    try:
        with beside.open("wb") as file:
            with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
                # An empty row group stops Hugging Face datasets; a file without any does not.
                if table.num_rows:
                    writer.write_table(table)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def read_metadata(path: Path) -> dict[str, str]:
    """Key-value metadata of one part, checked for the schema version.

    Raises:
        SchemaVersionError: written with another version.
        pyarrow.ArrowInvalid: not a Parquet file.
    """
    raw = pq.read_schema(path).metadata or {}
    meta = {k.decode(): v.decode() for k, v in raw.items()}
    found = meta.get("schema_version", "none")
    if found not in READABLE:
        raise SchemaVersionError(f"{path}: manifest schema version {found}, this code reads {' and '.join(READABLE)}")
    return meta


def read_part(path: Path) -> list[Instance]:
    """Rows of one part of the manifest or the rejects, as records."""
    read_metadata(path)
    rows = pq.read_table(path).to_pylist()
    for row in rows:
        row.pop("schema_version")
        if row["bbox"] is not None:
            row["bbox"] = tuple(row["bbox"])
    return [Instance(**row) for row in rows]


def read_folder(folder: Path) -> list[Instance]:
    """Rows of every part in ``folder``, in part order."""
    return [row for part in sorted(folder.glob("part-*.parquet")) for row in read_part(part)]
