from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from matting_models.evaluation.rows import SCHEMA, write_parquet


def test_any_tool_reads_the_rows(tmp_path: Path) -> None:
    rows = [{"sample_id": "a", "image_id": "a", "sad": 1.5, "height": 3}, {"sample_id": "b", "reason": "no prediction"}]
    write_parquet(tmp_path / "rows.parquet", rows, {"protocol": "semat", "dataset": "AIM-500"})
    frame = pd.read_parquet(tmp_path / "rows.parquet")
    assert list(frame.columns) == SCHEMA.names
    assert frame.sad.tolist()[0] == 1.5
    assert frame.reason.dropna().tolist() == ["no prediction"]
    metadata = pq.read_schema(tmp_path / "rows.parquet").metadata
    assert metadata[b"protocol"] == b"semat"
    write_parquet(tmp_path / "again.parquet", rows, {"dataset": "AIM-500", "protocol": "semat"})
    assert (tmp_path / "again.parquet").read_bytes() == (tmp_path / "rows.parquet").read_bytes()
