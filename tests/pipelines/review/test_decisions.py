import os
import signal
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.review import decisions
from pipelines.review.decisions import Decision, Ledger, Mended, ReviewsError, encode, read_all, read_decisions

WHEN = datetime(2026, 11, 29, 12, 0, 0, 123456, tzinfo=UTC)
MENDED = Mended("reviews/mended/alphas/a.png", "a1", "reviews/mended/trimaps/t.png", "t1")
FULL = Decision("set-1", "d1", "accepted", "Anna", WHEN, None, 2, MENDED)
PLAIN = Decision("set-2", "d2", "rejected", "Zoë", WHEN, "hair lost")


def test_what_is_written_is_read(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path)
    ledger.add(FULL)
    ledger.add(PLAIN)
    assert list(ledger) == list(read_all(tmp_path)) == [FULL, PLAIN]


def test_the_table_is_readable_without_us(tmp_path: Path) -> None:
    Ledger(tmp_path).add(FULL)
    (row,) = pq.read_table(tmp_path / "reviews").to_pylist()
    assert row == {
        "sample_id": "set-1", "alpha_sha256": "d1", "verdict": "accepted", "reason": None, "grade": 2,
        "reviewer": "Anna", "time": WHEN, "mended_alpha_path": MENDED.alpha_path, "mended_alpha_sha256": "a1",
        "mended_trimap_path": MENDED.trimap_path, "mended_trimap_sha256": "t1", "schema_version": 1,
    }  # fmt: skip


def test_two_servers_see_each_other_and_keep_to_their_own_files(tmp_path: Path) -> None:
    here, there = Ledger(tmp_path), Ledger(tmp_path)
    here.add(FULL)
    there.add(PLAIN)
    assert here.refresh() and not here.refresh()
    assert {d.sample_id for d in here} == {"set-1", "set-2"}
    assert len(decisions.decision_files(tmp_path)) == 2
    there.add(replace(PLAIN, verdict="accepted"))
    assert here.refresh() and len(list(here)) == 3


def test_files_stay_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decisions, "ROWS", 2)
    ledger = Ledger(tmp_path)
    for _ in range(5):
        ledger.add(PLAIN)
    assert sorted(len(read_decisions(path)) for path in decisions.decision_files(tmp_path)) == [1, 2, 2]
    assert len(list(ledger)) == len(list(read_all(tmp_path))) == 5
    ledger.refresh()
    assert len(list(ledger)) == 5


def test_what_was_added_outlives_kill_9(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom tests.pipelines.review.test_decisions import PLAIN\n"
        "from pipelines.review.decisions import Ledger\nledger = Ledger(Path(sys.argv[1]))\n"
        "while True:\n    ledger.add(PLAIN)\n    print(flush=True)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert writer.stdout is not None
    for _ in range(20):
        writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    said = 20 + len(writer.stdout.read().splitlines())
    writer.wait()
    found = read_all(tmp_path)
    assert not found.problems and len(list(found)) in (said, said + 1)


def test_no_room_on_the_disk_is_said_and_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(tmp_path)
    ledger.add(PLAIN)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(decisions, "write_whole", full)
    with pytest.raises(OSError, match="No space left"):
        ledger.add(FULL)
    assert list(ledger) == list(read_all(tmp_path)) == [PLAIN]


def test_a_damaged_file_is_named_and_left_alone(tmp_path: Path) -> None:
    Ledger(tmp_path).add(FULL)
    (path,) = decisions.decision_files(tmp_path)
    damaged = path.read_bytes()[:-20] + b"x" * 20
    path.write_bytes(damaged)
    other = Ledger(tmp_path)
    other.add(PLAIN)
    other.refresh()
    assert list(other) == [PLAIN]
    assert other.problems[0].startswith(f"{path}: damaged, its decisions are not known") and len(other.problems) == 1
    assert path.read_bytes() == damaged


def test_what_cannot_be_read_is_named_until_it_can(tmp_path: Path) -> None:
    path = tmp_path / "reviews" / "decisions-20260101T000000-00000000.parquet"
    path.mkdir(parents=True)
    ledger = Ledger(tmp_path)
    for _ in range(2):
        ledger.refresh()
        assert ledger.problems == [f"{path}: cannot be read (Is a directory)"]
    path.rmdir()
    path.write_bytes(encode([PLAIN]))
    assert ledger.refresh() and list(ledger) == [PLAIN] and ledger.problems == []


def test_a_flipped_bit_is_seen(tmp_path: Path) -> None:
    with pytest.raises(ReviewsError, match="damaged, its decisions are not known"):
        read_decisions(_written(tmp_path, encode([FULL]).replace(b"Anna", b"Anne", 1)))


def test_another_table_is_no_table_of_decisions(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pq.write_table(pq.read_table(_written(tmp_path, encode([FULL]))).drop_columns(["grade"]), path)
    with pytest.raises(ReviewsError, match="not a table of decisions of version 1"):
        read_decisions(path)


def test_an_unknown_verdict_is_no_decision(tmp_path: Path) -> None:
    odd = replace(FULL, verdict="fine")  # type: ignore[arg-type]
    with pytest.raises(ReviewsError, match="verdict 'fine' of set-1, expected accepted, rejected, withdrawn"):
        read_decisions(_written(tmp_path, encode([odd])))


def _written(folder: Path, content: bytes) -> Path:
    path = folder / "some.parquet"
    path.write_bytes(content)
    return path
