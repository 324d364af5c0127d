from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq

from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.evaluation.rows import SCHEMA, RowStore, write_parquet
from matting_models.evaluation.samples import Sample
from matting_models.evaluation.summary import summarise
from matting_models.refmatte_layout import Text


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


def test_other_words_and_other_entities_make_another_row_and_other_words_another_test_set(tmp_path: Path) -> None:
    (tmp_path / "other.png").touch()
    samples = [
        Sample("basic/a", "a", (), text=Text("basic", "the disc"), others=(tmp_path / "other.png",)),
        Sample("basic/a", "a", (), text=Text("basic", "the dog"), others=(tmp_path / "other.png",)),
        Sample("basic/a", "a", (), text=Text("basic", "the disc")),
    ]
    protocol = PROTOCOLS["whole-image"]
    store = RowStore(tmp_path / "rows", protocol)
    assert len({store.key(Task(sample, ())) for sample in samples}) == 3
    lost = [[{"sample_id": "basic/a", "image_id": "a", "reason": "no prediction"}]]
    assert len({summarise(lost, [sample], protocol, "ours", "set", 0).test_set for sample in samples}) == 2
