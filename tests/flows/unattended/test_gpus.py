"""A run has its GPUs for itself. No GPU is needed: which there are is given, the locks are real."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch

from flows.unattended import gpus
from flows.unattended.gpus import own_gpus, visible
from pipelines.errors import UserError


@pytest.fixture(autouse=True)
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine with three GPUs, and folders for locks that no other test has."""
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 3)
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(gpus, "_LOOK_SECONDS", 0.05)
    monkeypatch.setattr(gpus, "WAIT_SECONDS", 20)  # who would wait for ever fails
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    yield


def shown() -> str | None:
    return os.environ.get("CUDA_VISIBLE_DEVICES")


def in_turn(*counts: int) -> list[str | None]:
    """What runs see that hold so many GPUs at the same time, begun one after the other."""
    found = []
    with ExitStack() as runs:
        for count in counts:
            runs.enter_context(own_gpus(count))
            found.append(shown())
            os.environ.pop("CUDA_VISIBLE_DEVICES")  # the next run is another process, which is shown all
    return found


@pytest.mark.parametrize(
    ("counts", "expected"), [((1, 1, 1), ["0", "1", "2"]), ((2, 1), ["0,1", "2"]), ((1, 2), ["0", "1,2"])]
)
def test_runs_at_the_same_time_see_different_gpus(counts: tuple[int, ...], expected: list[str]) -> None:
    assert in_turn(*counts) == expected


def test_processes_started_meanwhile_see_only_these_and_afterwards_all_again(monkeypatch: pytest.MonkeyPatch) -> None:
    words = [sys.executable, "-c", "import os; print(os.environ['CUDA_VISIBLE_DEVICES'])"]
    with own_gpus(2):
        assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == "0,1\n"
    assert shown() is None
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "GPU-a, 7,GPU-c")
    assert visible() == ["GPU-a", "7", "GPU-c"]
    with own_gpus(1):
        assert shown() == "GPU-a"
    assert shown() == "GPU-a, 7,GPU-c"


def test_a_run_waits_until_as_many_are_free_and_holds_none_meanwhile() -> None:
    began = threading.Event()

    def wait() -> None:
        with own_gpus(2):
            began.set()

    with ExitStack() as first:
        first.enter_context(own_gpus(2))
        os.environ.pop("CUDA_VISIBLE_DEVICES")
        waiting = threading.Thread(target=wait)
        waiting.start()
        assert not began.wait(0.5)
        # Were the third held by the one that waits, this would wait for ever.
        with own_gpus(1):
            assert shown() == "2"
        assert not began.is_set()
    assert began.wait(10)
    waiting.join()


def test_a_killed_runs_gpus_are_free(tmp_path: Path) -> None:
    code = f"""
import tempfile, time, torch
torch.cuda.device_count = lambda: 3
tempfile.tempdir = {str(tmp_path)!r}
from flows.unattended.gpus import own_gpus
with own_gpus(3):
    print("held", flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None and run.stdout.readline() == "held\n"
        with pytest.MonkeyPatch.context() as impatient:
            impatient.setattr(gpus, "WAIT_SECONDS", 0)
            with pytest.raises(UserError, match="3 of the GPUs 0, 1, 2 were not free"), own_gpus(3):
                pass
        run.kill()
    with own_gpus(3):
        assert shown() == "0,1,2"


def test_fewer_than_needed_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="this run needs 4 GPUs, torch sees 3 on this machine"), own_gpus(4):
        pass
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    with pytest.raises(UserError, match="this run needs 1 GPU, torch sees 0 on this machine"), own_gpus(1):
        pass
