"""The manifest: the contract between labelling and training. One schema, versioned, documented in docs/manifest.md."""

import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.records import Instance
from pipelines.storage.files import is_local, names, read_whole, write_whole

SCHEMA_VERSION = 5
"""2 added the columns of propagated objects, from ``reference_path`` to ``similarity_path``; 3 the digests of pictures,
from ``alpha_sha256`` to ``similarity_sha256``; 4 the photo's licence and origin, from ``license_id`` to
``flickr_url``; 5 what describes composed entities in words, from ``group`` to ``composed_sha256``."""
READABLE = ("1", "2", "3", "4", "5")
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
_DIGESTS = {f"{name}_sha256": pa.string() for name in ("alpha", "trimap", "cutout", "similarity")}
_RIGHTS = {"license_id": pa.int64()} | dict.fromkeys(
    ("license_name", "license_url", "coco_url", "flickr_url"), pa.string()
)
_EXPRESSION = pa.struct(
    [
        pa.field("kind", pa.string(), False),
        pa.field("text", pa.string(), False),
        *(pa.field(name, pa.string()) for name in ("relation", "words")),
        pa.field("other", pa.int64()),
    ]
)
_SOURCE = pa.struct(
    [
        *(pa.field(name, pa.string(), False) for name in ("role", "dataset", "name", "sha256")),
        *(pa.field(name, pa.string()) for name in ("license_name", "license_url", "url")),
    ]
)
_DESCRIBED = {
    "group": pa.string(),
    "attributes": pa.list_(pa.struct([pa.field(name, pa.string(), False) for name in ("name", "value")])),
    "keyword": pa.string(),
    "expressions": pa.list_(_EXPRESSION),
    "relations": pa.list_(pa.struct([pa.field("relation", pa.string(), False), pa.field("other", pa.int64(), False)])),
    "sources": pa.list_(_SOURCE),
    "composed_path": pa.string(),
    "composed_sha256": pa.string(),
}
_RLE = pa.struct([pa.field("size", pa.list_(pa.int32())), pa.field("counts", pa.string())])
_MATTE_ONLY = {
    "bbox", "alpha_path", "trimap_path", "kernel_size", "unknown_fraction", "mask_iou", "soft_fraction",
    "matting_backend", "matting_revision", "image_sha256", "mask_rle", "mask_area", "alpha_sha256", "trimap_sha256",
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
        *_DIGESTS.items(),
        *_RIGHTS.items(),
        *_DESCRIBED.items(),
        ("input_hash", pa.string()),
        ("config_hash", pa.string()),
        ("schema_version", pa.int32()),
    ]
    optional = {"cutout_path", "cutout_sha256", "similarity_sha256", "sam_iou", *_PROPAGATED, *_RIGHTS, *_DESCRIBED} | (
        set() if accepted else _MATTE_ONLY
    )
    return [pa.field(name, kind, nullable=name in optional) for name, kind in types]


MANIFEST_SCHEMA = pa.schema(_columns(accepted=True))
"""One row per matte."""

REJECTS_SCHEMA = pa.schema(
    [*_columns(accepted=False), pa.field("reason", pa.string(), False), pa.field("detail", pa.string(), False)]
)
"""One row per annotation that gave no matte: the manifest's columns where known, a reason code, a sentence."""


class SchemaVersionError(ValueError):
    """A manifest written with another schema version than this code reads."""


KINDS = ("manifest", "rejects")
"""The two folders of parts."""
VERSIONS = "versions"
"""Folder of the manifest's versions below the output folder."""


_PART = re.compile(r"part-(\d{5,})(?:-[0-9a-f]{8})?\.parquet")


def part_name(shard: int, sha256: str = "") -> str:
    """File name of a shard's part, the same below ``manifest/`` and ``rejects/``.

    Args:
        shard: which.
        sha256: in a version, of the part's bytes: then readers that list a folder and open its files while another
            version becomes current find a file missing rather than rows of both.
    """
    return f"part-{shard:05d}{'-' + sha256[:8] if sha256 else ''}.parquet"


def shard_of_part(name: str) -> int:
    """The shard that a part belongs to, by its file name; -1 for other names."""
    found = _PART.fullmatch(name)
    return int(found[1]) if found else -1


def working(out: Path, kind: str) -> Path:
    """Where a run keeps the parts it is working on, until they become a version that readers see."""
    return out / ".work" / "parts" / kind


def pictures_root(manifest: Path) -> Path:
    """The output folder that a manifest's pictures are named below: ``OUT`` of ``OUT/versions/000003/manifest``.

    Any other folder of parts has its pictures beside it, as outputs of earlier releases do.
    """
    parent = manifest.parent
    return parent.parent.parent if parent.parent.name == VERSIONS else parent


def _row(instance: Instance) -> dict[str, Any]:
    row = {f.name: getattr(instance, f.name) for f in fields(instance)}
    return row | {"schema_version": SCHEMA_VERSION}


def write_part(
    path: Path, instances: Iterable[Instance], schema: pa.Schema, metadata: Mapping[str, str] | None = None
) -> None:
    """Write rows to one Parquet file that appears whole or not at all.

    Args:
        path: the file to write, locally or on a store; its folder exists.
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
    content = io.BytesIO()
    with pq.ParquetWriter(content, table.schema, compression="zstd", write_page_checksum=True) as writer:
        # An empty row group stops Hugging Face datasets; a file without any does not.
        if table.num_rows:
            writer.write_table(table)
    write_whole(path, content.getvalue())


def open_part(path: Path) -> Any:
    """What pyarrow.parquet's readers take for a part: its path, or for a part on a store its bytes.

    Raises:
        OSError: it cannot be read.
    """
    return str(path) if is_local(path) else pa.BufferReader(read_whole(path))


def part_paths(folder: Path) -> list[Path]:
    """All parts in a folder, in order; none when there is no such folder."""
    found = (name for name in names(folder) if shard_of_part(name) >= 0)
    return [folder / name for name in sorted(found, key=lambda name: (shard_of_part(name), name))]


def read_metadata(path: Path) -> dict[str, str]:
    """Key-value metadata of one part, checked for the schema version.

    Raises:
        SchemaVersionError: written with another version.
        pyarrow.ArrowInvalid: not a Parquet file.
    """
    return _checked(path, pq.read_schema(open_part(path)))


def metadata_of(path: Path, part: Any) -> dict[str, str]:
    """As ``read_metadata``, of a part that ``open_part`` gave; ``path`` is for the message."""
    return _checked(path, pq.read_schema(part))


def _checked(path: Path, schema: pa.Schema) -> dict[str, str]:
    meta = {k.decode(): v.decode() for k, v in (schema.metadata or {}).items()}
    found = meta.get("schema_version", "none")
    if found not in READABLE:
        raise SchemaVersionError(f"{path}: manifest schema version {found}, this code reads {' and '.join(READABLE)}")
    return meta


def read_part(path: Path) -> list[Instance]:
    """Rows of one part of the manifest or the rejects, as records.

    Raises:
        SchemaVersionError: written with another version.
        pyarrow.ArrowInvalid, OSError: damaged.
    """
    source = open_part(path)
    _checked(path, pq.read_schema(source))
    with pq.ParquetFile(source, page_checksum_verification=True) as part:
        rows = part.read(use_threads=False).to_pylist()
    for row in rows:
        row.pop("schema_version")
        if row["bbox"] is not None:
            row["bbox"] = tuple(row["bbox"])
    return [Instance(**row) for row in rows]


def read_folder(folder: Path) -> list[Instance]:
    """Rows of every part in ``folder``, in part order."""
    return [row for part in part_paths(folder) for row in read_part(part)]


def inputs_path(out: Path, shard: int) -> Path:
    """Where the fingerprints of a shard's input files are kept."""
    return out / ".work" / "inputs" / f"part-{shard:05d}.json"
