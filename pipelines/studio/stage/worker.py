"""Renders the foregrounds it is told to: ``python -m pipelines.studio.stage.worker``.

Standard input has one order a line, standard output one answer a line, both JSON. Ends when its input does.
"""

import ctypes
import json
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, TextIO

from pipelines.studio.stage.passes import Samples
from pipelines.studio.stage.shoot import Order, shoot

_DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def main() -> None:
    """Answer orders until there are no more."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answers = _own_output()
    for line in sys.stdin:
        answers.write(json.dumps(answer(json.loads(line))) + "\n")
        answers.flush()


def _own_output() -> TextIO:
    """Standard output for answers alone: what Blender prints goes to standard error."""
    kept = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return kept


def answer(raw: dict[str, Any]) -> dict[str, Any]:
    """Carry out an order: ``made`` of a foreground, or ``failed`` with one line.

    Whoever takes more than ``patience`` seconds of processor is ended by SIGPROF, also inside Blender: the clock on the
    wall would blame a foreground for a busy machine.
    """
    raw = dict(raw)
    signal.setitimer(signal.ITIMER_PROF, raw.pop("patience"))
    order = Order(**(raw | {"folder": Path(raw["folder"]), "samples": Samples(**raw["samples"])}))
    try:
        return {"made": shoot(order)}
    except Exception as error:
        traceback.print_exc()
        where = traceback.extract_tb(error.__traceback__)[-1]
        return {"failed": f"{type(error).__name__}: {error} ({Path(where.filename).name}, line {where.lineno})"}


if __name__ == "__main__":
    main()
