"""Ctrl-C and SIGTERM end a run at once. Nothing needs tidying: every file is whole, and the next run goes on."""

import atexit
import os
import signal
import sys
import threading
from types import FrameType

SHOW_CURSOR = "\x1b[?25h"
"""Terminals' sign to show the cursor, which a progress bar hides."""
INTERRUPTED = 130
"""Exit status, as shells give it after Ctrl-C."""
_NUMBERS = (signal.SIGINT, signal.SIGTERM)


def stop_at_once() -> None:
    """End this process on SIGINT and SIGTERM without unwinding; does nothing outside the main thread.

    Unwinding would go through Prefect, which then waits for a server that the same signal has ended. Workers and the
    embedded server end with this process. Call it again inside the flow: Prefect takes SIGTERM over there.
    """
    if threading.current_thread() is threading.main_thread():
        for number in _NUMBERS:
            signal.signal(number, _stop)
        atexit.unregister(_come_too_late)
        atexit.register(_come_too_late)


def _stop(_number: int, _frame: FrameType | None) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(SHOW_CURSOR)
    print("\nstopped; the same command goes on from here", file=sys.stderr, flush=True)
    os._exit(INTERRUPTED)


def _come_too_late() -> None:
    """What was asked for is done. As Python ends it gives signals back to the system; the status would be theirs."""
    for number in _NUMBERS:
        signal.signal(number, signal.SIG_IGN)
