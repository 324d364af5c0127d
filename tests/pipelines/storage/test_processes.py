"""Processes are known again, also when they are gone."""

import os
import subprocess
import sys

import pytest

from pipelines.storage import processes
from pipelines.storage.processes import has_ended, myself


def test_a_process_has_ended_when_it_has() -> None:
    code = "from pipelines.storage.processes import myself; print(myself(), flush=True); input()"
    words = [sys.executable, "-c", code]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        name = other.stdout.readline()
        assert not has_ended(name)
        other.kill()
    assert has_ended(name)


def test_another_process_with_the_same_number_is_not_it() -> None:
    here, began = f"{processes.machine()} {os.getpid()}", processes.started()
    assert myself() == f"{here} {began}" and not has_ended(myself())
    assert has_ended(f"{here} {int(began) - 1}")


@pytest.mark.parametrize("name", [None, "", "4711", "elsewhere 1 2", "a b c d"])
def test_of_strangers_nothing_is_known(name: str | None) -> None:
    assert not has_ended(name)
