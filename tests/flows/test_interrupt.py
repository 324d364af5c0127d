"""Signals that end a run, and those that come when it has ended."""

import subprocess
import sys

import pytest

LATE = """
import os, signal
from flows.interrupt import stop_at_once

class Late:
    def __del__(self, kill=os.kill, me=os.getpid()):
        kill(me, {number})

late = Late()  # lives until modules are taken down, after Python gave signals back to the system
{begin}
"""


@pytest.mark.parametrize("number", [2, 15])
def test_a_signal_after_the_end_changes_nothing(number: int) -> None:
    def status(begin: str) -> int:
        code = LATE.format(number=number, begin=begin)
        return subprocess.run([sys.executable, "-c", code], check=False).returncode

    assert status("") == -number  # so it is a signal that would have counted
    assert status("stop_at_once()") == 0
