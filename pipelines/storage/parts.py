"""Some columns of a manifest's parts, for whoever goes through parts of any number."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.manifest import REJECTS_SCHEMA, metadata_of, open_part


def read_columns(path: Path, columns: Sequence[str]) -> pa.Table:
    """Some columns of a part, in the order asked for; those that the part lacks are null.

    Args:
        path: a part of the manifest or of the rejects, locally or on a store.
        columns: names of ``REJECTS_SCHEMA``.

    Raises:
        SchemaVersionError: written with another version.
        pyarrow.ArrowInvalid: not a Parquet file.
    """
    part = open_part(path)
    metadata_of(path, part)
    with pq.ParquetFile(part) as file:
        table = file.read([name for name in columns if name in file.schema_arrow.names], use_threads=False)
    for name in set(columns) - set(table.column_names):
        table = table.append_column(name, pa.nulls(table.num_rows, REJECTS_SCHEMA.field(name).type))
    return table.select(list(columns))
