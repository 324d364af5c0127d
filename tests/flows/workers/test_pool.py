import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from flows.workers.pool import WorkerDied, workers


def process_id() -> int:
    return os.getpid()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def die_once(marker: Path) -> str:
    if not marker.exists():
        marker.touch()
        die()
    return "done"


def double(number: int) -> int:
    return 2 * number


def environment(name: str) -> str | None:
    return os.environ.get(name)


def test_calls_and_map_run_elsewhere_and_keep_order() -> None:
    with workers(2, 3) as pool:
        assert pool.call(process_id) != os.getpid()
        assert list(pool.map(double, range(7))) == [0, 2, 4, 6, 8, 10, 12]


def test_a_dead_worker_is_named_and_replaced() -> None:
    with workers(1, 1) as pool:
        with pytest.raises(RuntimeError, match="a worker process died"):
            pool.call(die)
        assert pool.call(double, 4) == 8


def test_what_a_dead_worker_left_another_does(tmp_path: Path) -> None:
    markers = [tmp_path / str(i) for i in range(4)]
    with workers(2, 4) as pool:
        assert list(pool.map(die_once, markers)) == ["done"] * 4
        assert pool.insist(die_once, tmp_path / "another") == "done"
        with pytest.raises(WorkerDied):
            pool.insist(die)
        assert list(pool.map(double, range(3))) == [0, 2, 4]


def test_workers_that_die_while_they_are_prepared_are_replaced() -> None:
    with workers(1, 1) as pool:
        pool.prepare(die)
        with pytest.raises(WorkerDied):
            pool.call(double, 4)
    with workers(1, 1) as pool:
        (process,) = pool._all[0]._processes.values()
        process.kill()
        process.join()
        time.sleep(0.5)
        pool.prepare(double, 4)
        assert pool.insist(double, 4) == 8


def test_errors_come_back() -> None:
    with workers(1, 1) as pool, pytest.raises(TypeError):
        pool.call(double)


def test_numerical_threads_are_set_for_workers_only() -> None:
    before = os.environ.get("OPENBLAS_NUM_THREADS")
    with workers(1, 1, threads=1) as pool:
        assert pool.call(environment, "OPENBLAS_NUM_THREADS") == "1"
    assert os.environ.get("OPENBLAS_NUM_THREADS") == before


_PARENT = """
import sys, time
from pathlib import Path
from flows.workers.pool import workers
from tests.flows.workers.test_pool import process_id
if __name__ == "__main__":
    with workers(1, 1) as pool:
        Path(sys.argv[1]).write_text(str(pool.call(process_id)))
        time.sleep(60)
"""


def test_workers_end_with_a_killed_parent(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(_PARENT)
    root = Path(__file__).parents[3]
    parent = subprocess.Popen([sys.executable, script, tmp_path / "pid"], env=os.environ | {"PYTHONPATH": str(root)})
    worker = _wait_for(tmp_path / "pid")
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 60
    while _alive(worker) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not _alive(worker)


def _wait_for(path: Path) -> int:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        if path.exists() and path.read_text():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError("the worker did not start")


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
