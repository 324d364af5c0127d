"""Ends processes when the one that they work for is gone, however it went."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

P = TypeVar("P", bound="subprocess.Popen[bytes]")
_SERVER_OF_RUNS = "MASK2MATTE_SERVED_BY"
_LOOK_SECONDS = 1.0

# Reads a process id, then waits for its input to end, which it does when the parent is gone.
GUARD = """
import os, signal, sys, time
pid = sys.stdin.readline().strip()
sys.stdin.read()
try:
    os.kill(int(pid), signal.SIGTERM)
    for _ in range(100):
        time.sleep(0.1)
        os.kill(int(pid), 0)
    os.kill(int(pid), signal.SIGKILL)
except (ProcessLookupError, ValueError):
    pass
"""


@contextmanager
def guarding(start: Callable[[], P]) -> Iterator[P]:
    """Start a process, and end it after the block, or when this one ends within it, even by SIGKILL.

    It gets SIGTERM, and SIGKILL if it lives on for ten seconds. Nobody waits for that.
    """
    guard = _guard()
    assert guard.stdin is not None
    try:
        process = start()
        guard.stdin.write(f"{process.pid}\n")
        guard.stdin.flush()
        yield process
    finally:
        guard.stdin.close()


@contextmanager
def guarded(pid: int) -> Iterator[None]:
    """End a process only if this one ends within the block, even by SIGKILL."""
    guard = _guard()
    assert guard.stdin is not None
    try:
        guard.stdin.write(f"{pid}\n")
        guard.stdin.flush()
        yield
    finally:
        guard.kill()
        guard.wait()


def _guard() -> "subprocess.Popen[str]":
    # A session of its own, since Ctrl-C must not end it before the others. It outlives this process by a moment: who
    # reads what this one prints must not wait for it.
    return subprocess.Popen(
        [sys.executable, "-S", "-c", GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )


def serve_runs() -> None:
    """Let the flow runs that this process will start know that they end with it."""
    os.environ[_SERVER_OF_RUNS] = str(os.getpid())


def end_with_server() -> bool:
    """End this flow run's process at once when the ``serve`` that started it is gone, even by SIGKILL.

    It could report to nobody, and would hold its output's lock against the run that goes on after the next start. Runs
    of a pool's worker are left alone: they outlive a worker's restart.

    Returns:
        Whether a ``serve`` started it.
    """
    server = int(os.environ.get(_SERVER_OF_RUNS, 0))
    if server:
        threading.Thread(target=_end_after, args=(server,), daemon=True).start()
    return server != 0


def _end_after(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_LOOK_SECONDS)
    os._exit(1)  # whatever it waits for: what is half done is resumed, as after any kill
