"""Processes end with the one that they work for, even if that is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

RUN = """
import time
from flows.server.guard import end_with_server
end_with_server()
print("begun", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
from flows.server import guard
{before}
child = subprocess.Popen([sys.executable, "-c", {run!r}], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""


def alive(pid: int, seconds: float) -> bool:
    """Whether a process is still there after so many seconds."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return False
        except FileNotFoundError:
            return False
        time.sleep(0.1)
    return True


@pytest.mark.parametrize(("before", "stays"), [("guard.serve_runs()", False), ("", True)])
def test_a_run_ends_with_the_serve_that_started_it_and_outlives_a_worker(before: str, stays: bool) -> None:
    code = PARENT.format(before=before, run=RUN)
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        run = int(parent.stdout.readline())
        assert alive(run, 1.5), "it ended although its parent is there"
        parent.kill()
    assert alive(run, 3 if stays else 60) == stays
    if stays:
        os.kill(run, signal.SIGKILL)


def test_a_guarded_process_ends_with_a_killed_one() -> None:
    code = """
import subprocess, time
from flows.server.guard import guarded
child = subprocess.Popen(["sleep", "60"])
with guarded(child.pid):
    print(child.pid, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert alive(child, 1)
        parent.kill()
    assert not alive(child, 60)


def test_nobody_waits_for_the_end_of_what_was_guarded_and_it_comes() -> None:
    code = """
import subprocess, sys, time
from flows.server.guard import guarding
stubborn = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); time.sleep(90)"
pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
with guarding(lambda: subprocess.Popen([sys.executable, "-c", stubborn], **pipes)) as child:
    child.stdout.readline()
    print(child.pid, flush=True)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        started = time.monotonic()
        assert parent.stdout.read() == ""
        assert time.monotonic() - started < 8  # who reads its output is not held up by the guard
    assert alive(child, 1)
    assert not alive(child, 60)
