from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import UserError
from pipelines.studio.manifest import REJECTS_SCHEMA, Table, stands


def reject(number: int, reason: str = "failed") -> dict[str, Any]:
    return {
        "number": number, "name": f"fur_{number:09d}", "kind": "fur", "seed": number, "generator_version": 1,
        "reason": reason, "detail": "", "schema_version": 1,
    }  # fmt: skip


def test_every_put_is_on_disk(tmp_path: Path) -> None:
    table = Table(tmp_path / "rejects", REJECTS_SCHEMA)
    for number in (300, 2, 1):
        table.put(reject(number))
    table.put(reject(2, "died"))
    assert sorted(path.name for path in (tmp_path / "rejects").iterdir()) == [
        "part-00000.parquet",
        "part-00001.parquet",
    ]
    again = Table(tmp_path / "rejects", REJECTS_SCHEMA)
    assert {number: row["reason"] for number, row in again.rows.items()} == {1: "failed", 2: "died", 300: "failed"}
    assert pq.read_table(tmp_path / "rejects")["number"].to_pylist() == [1, 2, 300]


def test_a_row_is_dropped(tmp_path: Path) -> None:
    table = Table(tmp_path, REJECTS_SCHEMA)
    table.put(reject(1))
    table.drop(1)
    table.drop(7)
    assert Table(tmp_path, REJECTS_SCHEMA).rows == {}


def test_a_damaged_part(tmp_path: Path) -> None:
    (tmp_path / "part-00000.parquet").write_bytes(b"PAR1")
    with pytest.raises(UserError, match="part-00000.parquet: cannot be read as Parquet"):
        Table(tmp_path, REJECTS_SCHEMA)


def test_a_part_of_another_schema(tmp_path: Path) -> None:
    pq.write_table(pa.table({"number": [1]}), tmp_path / "part-00000.parquet")
    with pytest.raises(UserError, match="part-00000.parquet: written by another release of the studio"):
        Table(tmp_path, REJECTS_SCHEMA)


def test_a_file_stands_by_its_bytes(tmp_path: Path) -> None:
    row = {"file": "a", "bytes": 3, "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}
    assert not stands(tmp_path, row)
    (tmp_path / "a").write_bytes(b"abc")
    assert stands(tmp_path, row)
    (tmp_path / "a").write_bytes(b"abd")
    assert not stands(tmp_path, row)
