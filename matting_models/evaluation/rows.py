"""Rows on disk while an evaluation runs, so that it can go on after any stop; and the Parquet file at its end."""

import hashlib
import io
import json
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from matting_models.evaluation.judge import Row
from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import Protocol
from pipelines.storage.files import write_whole

VERSION = 1
"""Of what rows say; rows of another version are judged again."""

_TEXT = ("sample_id", "image_id", "instance", "image", "truth", "prediction", "reason", "kind", "text")
_WHOLE = ("height", "width", "pixels")
_NUMBERS = (
    *("sad", "mse", "mad", "grad", "conn", "conn_port"),
    *("iou", "similarity_mad", "similarity_mse", "similarity_grad", "similarity_conn"),
    "right_entity",
    *("accuracy", "iou_background", "iou_unknown", "iou_foreground", "miou"),
)
SCHEMA = pa.schema(
    [(name, pa.string()) for name in _TEXT]
    + [(name, pa.int32()) for name in _WHOLE]
    + [(name, pa.float64()) for name in _NUMBERS]
)
"""Columns of ``rows.parquet``; those that a protocol does not have are null."""


class RowStore:
    """One small file a sample below a folder; each is whole or not there.

    A row counts as done while protocol, truth, prediction, trimap, photo and texts are as they were: of files paths,
    sizes and times of change.

    Args:
        folder: made if need be.
        protocol: whose rows these are.
    """

    def __init__(self, folder: Path, protocol: Protocol) -> None:
        self._folder = folder
        self._protocol = protocol
        folder.mkdir(parents=True, exist_ok=True)

    def read(self, task: Task, key: str) -> list[Row] | None:
        """Rows of a task that is done, else None."""
        try:
            content = json.loads(self._path(task).read_bytes())
        except (FileNotFoundError, ValueError):
            return None
        return content["rows"] if isinstance(content, dict) and content.get("key") == key else None

    def write(self, task: Task, key: str, rows: list[Row]) -> None:
        """Keep rows of a task that had this key before it was judged."""
        content = json.dumps({"key": key, "rows": rows}).encode()
        write_whole(self._path(task), content, durable=False)

    def key(self, task: Task) -> str:
        """What a task's rows depend on."""
        sample = task.sample
        files = (*sample.truths, sample.trimap, sample.image, *task.predictions, *sample.others)
        said = [sample.text.text] if sample.text else []
        parts = [VERSION, self._protocol.name, sample.id, task.missing, *stamps(files), *said]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:24]

    def _path(self, task: Task) -> Path:
        return self._folder / f"{hashlib.sha256(task.sample.id.encode()).hexdigest()[:24]}.json"


def stamps(paths: Iterable[Path | None]) -> list[str | int]:
    """Path, size and time of change of every file, by which a change is noticed."""
    parts: list[str | int] = []
    for path in paths:
        if path is not None:
            parts.append(str(path))
            if path.exists():
                stat = path.stat()
                parts += [stat.st_size, stat.st_mtime_ns]
    return parts


def write_parquet(path: Path, rows: Iterable[Row], about: dict[str, str]) -> None:
    """Write rows; the same rows give the same bytes.

    Args:
        path: file to write.
        rows: in order.
        about: protocol, benchmark and the like, for the file's metadata.
    """
    schema = SCHEMA.with_metadata(dict(sorted(about.items())))
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    write_whole(path, buffer.getvalue())
