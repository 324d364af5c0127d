"""Rows of a labelling manifest, as people's reviews leave them. Without torch, since evaluation does without."""

from pathlib import Path

import pyarrow as pa

from matting_models.errors import InputError, MissingError
from pipelines.errors import UserError
from pipelines.review.selection import Reviewed, selection
from pipelines.storage.manifest import SchemaVersionError, pictures_root
from pipelines.storage.parts import read_columns

COLUMNS = ["sample_id", "image_path", "alpha_path", "trimap_path", "exif_orientation", "image_sha256"]


def read_rows(manifest: Path, reviewed: Reviewed = "all") -> tuple[pa.Table, Path]:
    """The rows that count.

    Args:
        manifest: folder of ``part-*.parquet``: OUT/manifest, or a version's. A link is followed once, now.
        reviewed: which rows count, by people's decisions; what they mended takes the place of the machine's.

    Returns:
        ``COLUMNS`` and ``mended``, whether people mended the row; and the folder that the pictures are below.

    Raises:
        MissingError: the folder does not exist.
        InputError: no parts, not Parquet, another schema version, no rows, or decisions that cannot be read.
    """
    opened = manifest.resolve()
    pictures = pictures_root(opened)
    return _as_reviewed(manifest, _read_parts(manifest, opened), pictures, reviewed), pictures


def _as_reviewed(manifest: Path, rows: pa.Table, out: Path, reviewed: Reviewed) -> pa.Table:
    """The rows that count, with what people mended."""
    try:
        select = selection(out, reviewed)
    except UserError as error:
        raise InputError(str(error)) from None
    samples, digests = rows["sample_id"].to_pylist(), rows["alpha_sha256"].to_pylist()
    found = [select(sample, digest) for sample, digest in zip(samples, digests, strict=True)]
    wanted = [number for number, standing in enumerate(found) if standing is not None]
    if not wanted:
        raise InputError(f"manifest {manifest} has no {reviewed} row: {len(found)} mattes, none of which counts")
    mended = {n: standing.mended for n, standing in enumerate(found) if standing is not None and standing.mended}
    for name in ("alpha_path", "trimap_path"):
        if mended:
            paths = [getattr(mended[n], name) if n in mended else path for n, path in enumerate(rows[name].to_pylist())]
            rows = rows.set_column(rows.column_names.index(name), name, pa.array(paths, pa.string()))
    rows = rows.append_column("mended", pa.array([n in mended for n in range(len(found))]))
    return rows.drop_columns(["alpha_sha256"]).take(pa.array(wanted, pa.int64())).combine_chunks()


def _read_parts(manifest: Path, opened: Path) -> pa.Table:
    if not opened.is_dir():
        raise MissingError(f"manifest folder {manifest} does not exist; expected the labelling job's OUT/manifest")
    parts = sorted(opened.glob("part-*.parquet"))
    if not parts:
        raise InputError(f"manifest folder {manifest} has no part-*.parquet; expected the labelling job's OUT/manifest")
    tables = [_read_part(part) for part in parts]
    rows = pa.concat_tables(tables).combine_chunks()
    if not rows.num_rows:
        raise InputError(f"manifest {manifest} has no rows in its {len(parts)} parts: the labelling job kept no matte")
    return rows


def _read_part(part: Path) -> pa.Table:
    try:
        rows = read_columns(part, [*COLUMNS, "alpha_sha256"]).replace_schema_metadata(None)
    except SchemaVersionError as error:
        raise InputError(str(error)) from None
    except pa.ArrowException as error:
        raise InputError(f"{part} is not a manifest part: {str(error).splitlines()[0]}") from error
    if lacking := [name for name in COLUMNS if rows[name].null_count]:
        raise InputError(f"{part} is not a manifest part: it lacks {', '.join(lacking)}")
    return rows
