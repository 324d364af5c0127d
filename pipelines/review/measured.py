"""Disagreements that were measured once, kept on disk so that no pair of mattes is read twice."""

import io
import uuid
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.storage.files import is_local, make_folder, names, read_whole, write_whole

FOLDER = ".work/disagreement"
"""Below the output folder, among the program's notes: no result of a run depends on it."""
NOT_YET = float("-inf")
"""Disagreement of a pair of mattes that has not been read yet."""
SCHEMA = pa.schema([pa.field("pair", pa.binary(16), False), pa.field("disagreement", pa.float64(), False)])
_SUFFIX = ".parquet"


class Measured:
    """Disagreements by the digests of the two mattes.

    Each server writes a file of its own and reads those of all, so several may work on one output. Where the output
    is on a store or cannot be written to they are kept in memory alone. Not for several threads.

    Args:
        out: the output folder. Files there that cannot be read are left alone and measured anew.
    """

    def __init__(self, out: Path) -> None:
        self._folder = out / FOLDER if is_local(out) else None
        self._own: dict[bytes, float] = {}
        self._known: dict[bytes, float] = {}
        self._saved = 0
        self._place = f"{uuid.uuid4().hex}{_SUFFIX}"
        if self._folder is not None:
            for name in sorted(names(self._folder)):
                if name.endswith(_SUFFIX):
                    self._known |= _read(self._folder / name)

    def find(self, a: str, b: str) -> float:
        """What was measured of two mattes, by their digests, or ``NOT_YET``."""
        key = _key(a, b)
        return self._own.get(key, self._known.get(key, NOT_YET))

    def add(self, a: str, b: str, value: float) -> None:
        """Remember; on the disk with the next ``save``."""
        self._own[_key(a, b)] = value

    def save(self) -> None:
        """Write what was added since to the disk, if it takes it."""
        if self._folder is None or len(self._own) == self._saved:
            return
        table = pa.table({"pair": list(self._own), "disagreement": list(self._own.values())}, schema=SCHEMA)
        content = io.BytesIO()
        pq.write_table(table, content, write_page_checksum=True)
        self._saved = len(self._own)
        try:
            make_folder(self._folder)
            write_whole(self._folder / self._place, content.getvalue(), durable=False)
        except OSError:  # full, or somebody else's: the server does not need it
            self._folder = None


def _key(a: str, b: str) -> bytes:
    return sha256(f"{a} {b}".encode()).digest()[:16]


def _read(path: Path) -> dict[bytes, float]:
    with (
        suppress(OSError, pa.ArrowException),
        pq.ParquetFile(pa.BufferReader(read_whole(path)), page_checksum_verification=True) as file,
    ):
        table = file.read(use_threads=False)
        if table.schema == SCHEMA:
            return dict(zip(table["pair"].to_pylist(), table["disagreement"].to_pylist(), strict=True))
    return {}
