"""The foregrounds' manifest: one row per foreground, in parts of which each has ``PART`` numbers."""

import hashlib
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import UserError
from pipelines.storage.files import names, write_whole

SCHEMA_VERSION = 1
PART = 256
"""Numbers of foregrounds in a part; a part is written anew with each of its foregrounds."""
LICENCE = "CC0-1.0"
"""Of the foregrounds: everything in them is made by the project's code from CC0 data."""

_SHOT = [
    pa.field("number", pa.int64(), False),
    pa.field("name", pa.string(), False),
    pa.field("kind", pa.string(), False),
    pa.field("seed", pa.int64(), False),
    pa.field("generator_version", pa.int32(), False),
]
SCHEMA = pa.schema(
    [
        *_SHOT,
        pa.field("file", pa.string(), False),
        pa.field("width", pa.int32(), False),
        pa.field("height", pa.int32(), False),
        pa.field("sides_cut", pa.list_(pa.string()), False),
        pa.field("coverage", pa.float64(), False),
        pa.field("soft_fraction", pa.float64(), False),
        pa.field("effects", pa.list_(pa.string()), False),
        pa.field("parameters", pa.string(), False),
        pa.field("cpu_seconds", pa.float64(), False),
        pa.field("licence", pa.string(), False),
        pa.field("sources", pa.list_(pa.string()), False),
        pa.field("bytes", pa.int64(), False),
        pa.field("sha256", pa.string(), False),
        pa.field("schema_version", pa.int32(), False),
    ]
)
"""``file`` is relative to the set's folder; ``sides_cut`` names sides of the frame that the foreground touches;
``coverage`` is the mean of alpha, ``soft_fraction`` the part of pixels that are neither empty nor full; ``parameters``
is JSON: subject, camera, light."""
REJECTS_SCHEMA = pa.schema(
    [
        *_SHOT,
        pa.field("reason", pa.string(), False),
        pa.field("detail", pa.string(), False),
        pa.field("schema_version", pa.int32(), False),
    ]
)
"""One row per foreground that could not be made."""

Row = dict[str, Any]


class Table:
    """Rows by number, in a folder of parts; every change is on disk when ``put`` returns.

    Args:
        folder: of the parts, made if missing.
        schema: of the rows.

    Raises:
        UserError: a part cannot be read or is of another schema.
    """

    def __init__(self, folder: Path, schema: pa.Schema) -> None:
        self._folder, self._schema = folder, schema
        folder.mkdir(parents=True, exist_ok=True)
        self.rows: dict[int, Row] = {}
        for name in sorted(names(folder)):
            if name.startswith("part-") and name.endswith(".parquet"):
                self.rows |= {row["number"]: row for row in _read(folder / name, schema)}

    def put(self, row: Row) -> None:
        """Add a row, in the place of one with its number."""
        self.rows[row["number"]] = row
        self._write(row["number"] // PART)

    def drop(self, number: int) -> None:
        """Remove a row if it is there."""
        if self.rows.pop(number, None) is not None:
            self._write(number // PART)

    def _write(self, part: int) -> None:
        rows = [row for number, row in sorted(self.rows.items()) if number // PART == part]
        path = self._folder / f"part-{part:05d}.parquet"
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, self._schema), buffer)
        write_whole(path, buffer.getvalue())


def _read(path: Path, schema: pa.Schema) -> Iterable[Row]:
    try:
        table = pq.read_table(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise UserError(
            f"{path}: cannot be read as Parquet ({error}); remove it, its foregrounds are made again"
        ) from None
    if not table.schema.equals(schema):
        raise UserError(f"{path}: written by another release of the studio; take another folder")
    rows: list[Row] = table.to_pylist()
    return rows


def stands(out: Path, row: Row) -> bool:
    """Whether a row's file is there with the bytes it was written with."""
    path = out / row["file"]
    try:
        content = path.read_bytes()
    except OSError:
        return False
    return bool(len(content) == row["bytes"] and hashlib.sha256(content).hexdigest() == row["sha256"])
