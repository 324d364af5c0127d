from pathlib import Path

import pytest

from pipelines.exports import ledger as ledger_module
from pipelines.exports.ledger import FileLedger

A, B = "data/val-00000.parquet", "data/val-00001.parquet"


def opened(target: Path) -> FileLedger:
    return FileLedger(target, {"format": "hf"})


def made(ledger: FileLedger, name: str, source: str) -> bool:
    """Whether a file was made when it was put."""
    calls: list[str] = []

    def make() -> bytes:
        calls.append(name)
        return b"some"

    ledger.put(name, source, make)
    return calls == [name]


def test_a_file_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    ledger = opened(tmp_path)
    assert made(ledger, A, "rows") and made(ledger, B, "rows")
    ledger.close()
    (tmp_path / A).write_bytes(b"som")
    again = opened(tmp_path)
    assert made(again, A, "rows") and not made(again, B, "rows")
    assert (tmp_path / A).read_bytes() == b"some"


def test_what_a_stopped_export_had_not_come_to_still_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_module, "FILES", 1)
    ledger = opened(tmp_path)
    assert made(ledger, A, "rows") and made(ledger, B, "rows")
    ledger.close()
    assert made(opened(tmp_path), A, "other rows")  # and was stopped
    again = opened(tmp_path)
    assert not made(again, A, "other rows") and not made(again, B, "rows")
