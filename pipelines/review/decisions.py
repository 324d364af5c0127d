"""Decisions as Parquet files below ``OUT/reviews``: one row per decision, never changed and never removed."""

import io
import re
import threading
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.errors import StoreError
from pipelines.storage.files import Mark, make_folder, mark, names, read_whole, write_whole

SCHEMA_VERSION = 1
FOLDER = "reviews"
"""Folder of the decisions below the output folder."""
ROWS = 1000
"""Decisions to a file; with each the file is written anew, so that it is whole at any moment."""

Verdict = Literal["accepted", "rejected", "withdrawn"]
"""``withdrawn`` takes the same reviewer's earlier decision on a matte back."""
VERDICTS: tuple[str, ...] = get_args(Verdict)

SCHEMA = pa.schema(
    [
        pa.field("sample_id", pa.string(), False),
        pa.field("alpha_sha256", pa.string(), False),
        pa.field("verdict", pa.string(), False),
        pa.field("reason", pa.string()),
        pa.field("grade", pa.int8()),
        pa.field("reviewer", pa.string(), False),
        pa.field("time", pa.timestamp("us", "UTC"), False),
        pa.field("mended_alpha_path", pa.string()),
        pa.field("mended_alpha_sha256", pa.string()),
        pa.field("mended_trimap_path", pa.string()),
        pa.field("mended_trimap_sha256", pa.string()),
        pa.field("schema_version", pa.int32(), False),
    ]
)
"""Documented column by column in docs/review.md."""
_NAME = re.compile(r"decisions-\d{8}T\d{6}-[0-9a-f]{8}\.parquet")


@dataclass(frozen=True, slots=True)
class Mended:
    """A trimap that a person mended and the matte made from it, both below the output folder.

    Attributes:
        alpha_path, trimap_path: 8-bit PNGs of the whole photo's size.
        alpha_sha256, trimap_sha256: of their bytes.
    """

    alpha_path: str
    alpha_sha256: str
    trimap_path: str
    trimap_sha256: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What one person decided about one matte.

    Attributes:
        sample_id: of the manifest's row.
        alpha_sha256: of the machine's matte that was looked at; a decision holds for these bytes alone.
        verdict: see ``Verdict``.
        reviewer: who, by a name of their choice.
        time: when, in UTC.
        reason: why it was rejected; None without one.
        grade: 1 (poor) to 3 (good), or None.
        mended: what takes the machine's matte's place, or None.
    """

    sample_id: str
    alpha_sha256: str
    verdict: Verdict
    reviewer: str
    time: datetime
    reason: str | None = None
    grade: int | None = None
    mended: Mended | None = None


class ReviewsError(ValueError):
    """A file of decisions that cannot be read."""


def _row(decision: Decision) -> dict[str, object]:
    row = {name: getattr(decision, name) for name in Decision.__dataclass_fields__ if name != "mended"}
    mended = asdict(decision.mended) if decision.mended else dict.fromkeys(Mended.__dataclass_fields__)
    return row | {f"mended_{name}": value for name, value in mended.items()} | {"schema_version": SCHEMA_VERSION}


def _decision(row: dict[str, object]) -> Decision:
    mended = {name: row.pop(f"mended_{name}") for name in Mended.__dataclass_fields__}
    row.pop("schema_version")
    return Decision(**row, mended=Mended(**mended) if mended["alpha_path"] else None)  # type: ignore[arg-type]


def encode(decisions: Iterable[Decision]) -> bytes:
    """Decisions as the bytes of one Parquet file."""
    content = io.BytesIO()
    pq.write_table(
        pa.Table.from_pylist([_row(d) for d in decisions], schema=SCHEMA), content, compression="zstd",
        write_page_checksum=True,
    )  # fmt: skip
    return content.getvalue()


def read_decisions(path: Path) -> list[Decision]:
    """The decisions of one file.

    Raises:
        ReviewsError: it is damaged, or of another version.
        OSError: it cannot be read.
    """
    return decode(path, read_whole(path))


def decode(path: Path, content: bytes) -> list[Decision]:
    """As ``read_decisions``, of bytes; ``path`` is for the message."""
    try:
        with pq.ParquetFile(pa.BufferReader(content), page_checksum_verification=True) as file:
            table = file.read(use_threads=False)
        if table.schema != SCHEMA:
            raise ReviewsError(f"{path}: not a table of decisions of version {SCHEMA_VERSION}")
        rows = table.to_pylist()
    except (pa.ArrowException, OSError) as error:
        raise ReviewsError(
            f"{path}: damaged, its decisions are not known ({str(error).splitlines()[0]:.200})"
        ) from None
    if odd := next((row for row in rows if row["verdict"] not in VERDICTS), None):
        raise ReviewsError(f"{path}: verdict {odd['verdict']!r} of {odd['sample_id']}, expected {', '.join(VERDICTS)}")
    return [_decision(row) for row in rows]


def decision_files(out: Path) -> list[Path]:
    """All files of decisions, oldest first."""
    return [out / FOLDER / name for name in sorted(filter(_NAME.fullmatch, names(out / FOLDER)))]


@dataclass(slots=True)
class Ledger:
    """All decisions of an output folder, those of other servers too, and a file of its own to add to.

    Threads may share it. Nobody else writes to its file, so several servers on one folder do not disturb each other.

    Attributes:
        out: the output folder, locally or on a store.
        problems: sentences about files that cannot be read; they are left alone.
    """

    out: Path
    problems: list[str] = field(default_factory=list)
    _known: dict[str, tuple[Mark | None, list[Decision]]] = field(default_factory=dict)
    _own: list[Decision] = field(default_factory=list)
    _place: Path | None = None
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def refresh(self) -> bool:
        """Read what others have written since; whether there was anything.

        Raises:
            StoreError: a store does not answer.
        """
        with self._lock:
            known = dict(self._known)
        problems: list[str] = []
        fresh: dict[str, tuple[Mark | None, list[Decision]]] = {}
        for path in decision_files(self.out):
            stamp, decisions = known.get(path.name, (None, []))
            if path == self._place or len(decisions) >= ROWS:  # a full file does not change any more
                continue
            now = mark(path)
            if path.name in known and stamp == now:
                continue
            try:
                fresh[path.name] = (now, read_decisions(path))
            except StoreError:
                raise
            except ReviewsError as error:
                problems.append(str(error))
            except OSError as error:
                problems.append(f"{path}: cannot be read ({error.strerror or error})")
        with self._lock:
            self._known |= fresh
            self.problems = problems
        return bool(fresh)

    def add(self, decision: Decision) -> None:
        """Write a decision; when this returns it is on the disk.

        Raises:
            OSError: it could not be written; it does not count then.
        """
        with self._lock:
            if self._place is None or len(self._own) >= ROWS:
                make_folder(self.out / FOLDER)
                moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
                if self._place is not None:
                    self._known[self._place.name] = (mark(self._place), self._own)
                self._place, self._own = self.out / FOLDER / f"decisions-{moment}-{uuid.uuid4().hex[:8]}.parquet", []
            write_whole(self._place, encode([*self._own, decision]))
            self._own.append(decision)

    def __iter__(self) -> Iterator[Decision]:
        with self._lock:
            known = [d for _, decisions in self._known.values() for d in decisions] + self._own
        return iter(known)


def read_all(out: Path) -> Ledger:
    """All decisions of an output folder, for whoever adds none."""
    ledger = Ledger(out)
    ledger.refresh()
    return ledger
