"""Ends a process when this one is gone, however it went."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

# Reads a process id, then waits for its input to end, which it does when the parent is gone.
GUARD = """
import os, signal, sys
pid = sys.stdin.readline().strip()
sys.stdin.read()
try:
    os.kill(int(pid), signal.SIGTERM)
except (ProcessLookupError, ValueError):
    pass
"""


@contextmanager
def guarded(pid: int) -> Iterator[None]:
    """Send SIGTERM to a process if this one ends within the block, even by SIGKILL."""
    # A session of its own, since Ctrl-C must not end it before the others.
    guard = subprocess.Popen(
        [sys.executable, "-S", "-c", GUARD], stdin=subprocess.PIPE, text=True, start_new_session=True
    )
    assert guard.stdin is not None
    try:
        guard.stdin.write(f"{pid}\n")
        guard.stdin.flush()
        yield
    finally:
        guard.kill()
        guard.wait()
