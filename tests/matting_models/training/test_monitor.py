import builtins
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.training.monitor import Monitor


def steps(out: Path) -> list[int]:
    return [json.loads(line)["step"] for line in (out / "metrics.jsonl").read_text().splitlines()]


def test_rows_and_pictures(tmp_path: Path) -> None:
    monitor = Monitor(tmp_path, 0)
    monitor.scalars(1, {"loss": 0.5, "validation_sad": 2.0})
    sheet = np.zeros((8, 8, 3), np.uint8)
    sheet[:, :, 0] = 255
    path = monitor.picture(1, sheet)
    monitor.close()
    assert json.loads((tmp_path / "metrics.jsonl").read_text()) == {"step": 1, "loss": 0.5, "validation_sad": 2.0}
    assert path == tmp_path / "pictures" / "step-0000001.jpg"
    blue, green, red = cv2.imread(str(path))[4, 4]
    assert red > 240
    assert max(blue, green) < 16


def test_tensorboard_can_read_what_was_written(tmp_path: Path) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monitor = Monitor(tmp_path, 0)
    assert monitor.tensorboard
    for step in (1, 2):
        monitor.scalars(step, {"loss": 0.5 * step, "validation_sad": 2.0})
    monitor.picture(2, np.zeros((8, 8, 3), np.uint8))
    monitor.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(1, 0.5), (2, 1.0)]
    assert [e.value for e in events.Scalars("validation/sad")] == [2.0, 2.0]
    assert [e.step for e in events.Images("validation")] == [2]


def test_without_tensorboard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def absent(name: str, *rest: object) -> object:
        if name.startswith(("tensorboard", "torch.utils.tensorboard")):
            raise ModuleNotFoundError(name)
        return real(name, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", absent)
    monitor = Monitor(tmp_path, 0)
    monitor.scalars(1, {"loss": 1.0})
    monitor.picture(1, np.zeros((8, 8, 3), np.uint8))
    monitor.close()
    assert not monitor.tensorboard
    assert steps(tmp_path) == [1]


def test_tensorboard_keeps_the_step_a_run_goes_on_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
    from tensorboard.summary.writer import event_file_writer

    # Files of one second and process are read by the order of their counted names, in which 10 comes before 9.
    monkeypatch.setattr(event_file_writer, "_global_uid", event_file_writer.AtomicCounter(0))
    for start in (0, 2):
        monitor = Monitor(tmp_path, start)
        for step in (start + 1, start + 2):
            monitor.scalars(step, {"loss": float(step)})
        monitor.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert [e.step for e in events.Scalars("loss")] == [1, 2, 3, 4]


def test_rows_after_the_checkpoint_and_a_torn_line_are_cut_off(tmp_path: Path) -> None:
    rows = "".join(json.dumps({"step": step}) + "\n" for step in (0, 2, 4, 6))
    (tmp_path / "metrics.jsonl").write_text(rows + '{"step": 4, "lo')
    monitor = Monitor(tmp_path, 4)
    monitor.scalars(5, {})
    monitor.close()
    assert steps(tmp_path) == [0, 2, 4, 5]


def test_a_run_that_starts_anew_starts_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text('{"step": 0}\n')
    Monitor(tmp_path, 0).close()
    assert steps(tmp_path) == []
