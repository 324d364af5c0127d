"""Processes, stops and resumes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from matting_models.evaluation import run
from matting_models.evaluation.predictions import Task, find_predictions
from matting_models.evaluation.protocols import PROTOCOLS
from matting_models.evaluation.rows import RowStore
from matting_models.evaluation.run import judge_all
from matting_models.evaluation.samples import Sample
from tests.matting_models.evaluation.trees import disc, write

PROTOCOL = PROTOCOLS["whole-image"]


@pytest.fixture
def tasks(tmp_path: Path) -> list[Task]:
    """Nine mattes, one of them without a prediction."""
    samples = []
    for seed in range(9):
        samples.append(Sample(f"{seed}", f"{seed}", (write(tmp_path / "gt" / f"{seed}.png", disc(seed)),)))
        if seed != 4:
            write(tmp_path / "pred" / f"{seed}.png", disc(seed + 1))
    return find_predictions(samples, tmp_path / "pred")[0]


def test_number_of_processes_changes_nothing(tasks: list[Task], tmp_path: Path) -> None:
    alone = judge_all(tasks, PROTOCOL, RowStore(tmp_path / "one", PROTOCOL), 1)
    together = judge_all(tasks, PROTOCOL, RowStore(tmp_path / "three", PROTOCOL), 3)
    assert alone == together
    assert [some[0]["sample_id"] for some in alone] == [str(i) for i in range(9)]
    assert "does not exist" in alone[4][0]["reason"]


def test_what_is_done_is_not_judged_again(tasks: list[Task], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RowStore(tmp_path / "rows", PROTOCOL)
    first = judge_all(tasks, PROTOCOL, store, 1)
    judged: list[str] = []

    def counting(task: Task, protocol: object) -> list[dict[str, object]]:
        judged.append(task.sample.id)
        return [{"sample_id": task.sample.id}]

    monkeypatch.setattr(run, "judge", counting)
    assert judge_all(tasks, PROTOCOL, store, 1) == first
    assert judged == []
    # Only what changed: a prediction rewritten, a prediction that came, a damaged file.
    write(tmp_path / "pred" / "2.png", disc(17))
    os.utime(tmp_path / "pred" / "2.png", (1, 1))
    write(tmp_path / "pred" / "4.png", disc(5))
    store._path(tasks[6]).write_text("{")
    judge_all(find_predictions([task.sample for task in tasks], tmp_path / "pred")[0], PROTOCOL, store, 1)
    assert judged == ["2", "4", "6"]


def test_other_protocol_is_judged_again(tasks: list[Task], tmp_path: Path) -> None:
    native = judge_all(tasks, PROTOCOL, RowStore(tmp_path / "rows", PROTOCOL), 1)
    semat = PROTOCOLS["semat"]
    assert judge_all(tasks, semat, RowStore(tmp_path / "rows", semat), 1)[0][0]["sad"] > 10 * native[0][0]["sad"]


@pytest.mark.slow
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_stopped_run_goes_on_and_leaves_no_process(how: int, tmp_path: Path) -> None:
    for seed in range(60):
        write(tmp_path / "gt" / f"{seed}.png", disc(seed))
        write(tmp_path / "pred" / f"{seed}.png", disc(seed + 1))
    out = tmp_path / "out"
    words = ["--pred", str(tmp_path / "pred"), "--gt", str(tmp_path / "gt"), "--protocol", "semat"]
    command = [sys.executable, "-m", "matting_models.evaluate", *words, "--processes", "2", "--out"]
    stopped = subprocess.Popen([*command, str(out)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    deadline = time.monotonic() + 60
    while len(list((out / "rows").glob("*.json"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.02)
    children = _children(stopped.pid)
    stopped.send_signal(how)
    said = stopped.communicate(timeout=60)[0]
    if how == signal.SIGINT:
        assert stopped.returncode == 130
        assert "stopped; the same command goes on from here" in said
        assert "Traceback" not in said
    done = len(list((out / "rows").glob("*.json")))
    assert 3 <= done < 60
    assert len(children) >= 2
    deadline = time.monotonic() + 20
    while any(Path(f"/proc/{pid}").exists() for pid in children) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]
    again = subprocess.run([*command, str(out)], capture_output=True, text=True, check=True)
    assert f"{done} done before" in again.stderr
    subprocess.run([*command, str(tmp_path / "whole")], capture_output=True, check=True)
    for name in ("rows.parquet", "summary.json", "table.md", "table.tex", "index.html"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name
    assert json.loads((out / "summary.json").read_bytes())["counts"]["evaluated"] == 60


def _children(pid: int) -> list[int]:
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in children]
