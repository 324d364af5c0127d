"""The entities' manifest: the columns of ``make foregrounds`` that drawings have, and what each entity is called."""

import hashlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from pipelines.sample.entities.plan import Plan
from pipelines.sample.textures import LICENCE

SCHEMA_VERSION = 1
SCHEMA = pa.schema(
    [
        pa.field("number", pa.int64(), False),
        pa.field("name", pa.string(), False),
        pa.field("kind", pa.string(), False),
        pa.field("file", pa.string(), False),
        pa.field("width", pa.int32(), False),
        pa.field("height", pa.int32(), False),
        pa.field("sides_cut", pa.list_(pa.string()), False),
        pa.field("coverage", pa.float64(), False),
        pa.field("soft_fraction", pa.float64(), False),
        pa.field("licence", pa.string(), False),
        pa.field("sources", pa.list_(pa.string()), False),
        pa.field("bytes", pa.int64(), False),
        pa.field("sha256", pa.string(), False),
        pa.field("category", pa.string(), False),
        pa.field("group", pa.string(), False),
        pa.field(
            "attributes",
            pa.list_(pa.struct([pa.field("name", pa.string(), False), pa.field("value", pa.string(), False)])),
            False,
        ),
        pa.field("schema_version", pa.int32(), False),
    ]
)
"""Up to ``sha256`` as in ``pipelines.studio.manifest``; no drawing is cut, so ``sides_cut`` is empty. ``category`` is
an entry-level name, singular, in lower case; ``group`` is human, animal or object; ``attributes`` are what the drawing
itself states: the clothes that people wear."""

Row = dict[str, Any]


def row(number: int, file: str, plan: Plan, pixels: NDArray[np.uint8], content: bytes) -> Row:
    """A row.

    Args:
        number: from 0.
        file: relative to the set's folder.
        plan: what was drawn.
        pixels: (H, W, 4) uint8 RGBA.
        content: the file's bytes.
    """
    alpha = pixels[..., 3]
    return {
        "number": number,
        "name": file.rpartition("/")[2].removesuffix(".png"),
        "kind": plan.kind,
        "file": file,
        "width": alpha.shape[1],
        "height": alpha.shape[0],
        "sides_cut": [],
        "coverage": float(alpha.mean() / 255),
        "soft_fraction": float(((alpha > 0) & (alpha < 255)).mean()),
        "licence": LICENCE,
        "sources": ["drawn by pipelines.sample"],
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "category": plan.category,
        "group": plan.group,
        "attributes": [] if plan.clothes is None else [{"name": "clothes", "value": plan.clothes}],
        "schema_version": SCHEMA_VERSION,
    }


def as_parquet(rows: Sequence[Row]) -> bytes:
    """A part of the manifest."""
    buffer = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(list(rows), SCHEMA), buffer)
    return buffer.getvalue()
