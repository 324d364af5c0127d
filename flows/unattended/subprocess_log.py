"""Runs a command as a part of a flow run: its output is the run's log, and it ends with the run."""

import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Collection, Iterator

from prefect.logging import get_run_logger

from flows.server.guard import guarded
from pipelines.errors import UserError

_BAR_SECONDS = 60
_LAST = 15
_GRACE_SECONDS = 20


def run_logged(words: list[str], what: str, may: Collection[int] = ()) -> None:
    """Run a command to its end.

    Args:
        words: the command. Of its progress bars one line a minute goes to the log.
        what: what it is called in messages.
        may: exit statuses other than 0 that are no error.

    Raises:
        UserError: it ended with status 2, a user's mistake; the message is its last line.
        RuntimeError: it ended with another status.
    """
    log = get_run_logger()
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", env=environment
    )
    last: deque[str] = deque(maxlen=_LAST)
    try:
        with guarded(process.pid):
            for line in _worth_logging(process):
                log.info(line)
                last.append(line)
            status = process.wait()
    finally:
        _stop(process)
    if status == 2:
        raise UserError(f"{what}: {(last or ['no message'])[-1].removeprefix('error: ')}")
    if status != 0 and status not in may:
        raise RuntimeError(f"{what} ended with status {status}: {(last or ['no message'])[-1]}")


def _worth_logging(process: "subprocess.Popen[str]") -> Iterator[str]:
    """Lines of the output, of progress bars one a minute."""
    assert process.stdout is not None
    shown = time.monotonic()
    for line in map(str.strip, process.stdout):
        if "%|" in line or "it/s" in line or "s/it" in line:
            if time.monotonic() - shown < _BAR_SECONDS:
                continue
            shown = time.monotonic()
        if line:
            yield line


def _stop(process: "subprocess.Popen[str]") -> None:
    """End a command that still runs; training writes a checkpoint first."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
