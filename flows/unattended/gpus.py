"""Which of this machine's GPUs a run uses: one run each, and CUDA shows the run no others."""

import importlib.util
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from pipelines.errors import UserError

WAIT_SECONDS = 12 * 3600
"""How long a run waits for its turn before it fails."""
_VISIBLE = "CUDA_VISIBLE_DEVICES"
_LOOK_SECONDS = 2.0


def visible() -> list[str]:
    """The GPUs that torch can use in this process, as ``CUDA_VISIBLE_DEVICES`` names them; takes none."""
    if importlib.util.find_spec("torch") is None:
        return []
    import torch

    count = torch.cuda.device_count()
    given = os.environ.get(_VISIBLE)
    return [name.strip() for name in given.split(",")][:count] if given is not None else [*map(str, range(count))]


@contextmanager
def own_gpus(count: int) -> Iterator[None]:
    """Hold GPUs of this machine for this run alone; processes that it starts meanwhile see only those.

    The locks are the operating system's, of this user's runs: they go when the process goes, however it dies.

    Args:
        count: how many; waits until as many are free.

    Raises:
        UserError: there are fewer, or they were not free for 12 hours.
    """
    names = visible()
    if len(names) < count:
        raise UserError(f"this run needs {count} GPU{'s' * (count > 1)}, torch sees {len(names)} on this machine")
    before = os.environ.get(_VISIBLE)
    with ExitStack() as locks:
        os.environ[_VISIBLE] = ",".join(_take(names, count, locks))
        try:
            yield
        finally:
            os.environ.pop(_VISIBLE, None)
            if before is not None:
                os.environ[_VISIBLE] = before


def _take(names: list[str], count: int, locks: ExitStack) -> list[str]:
    """Wait until so many are free at once: a run that held some while it waited for others could wait for ever."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        with ExitStack() as found:
            taken: list[str] = []
            for name in names:
                if len(taken) < count and _lock(name, found):
                    taken.append(name)
            if len(taken) == count:
                locks.push(found.pop_all())
                return taken
        if time.monotonic() > deadline:
            raise UserError(f"{count} of the GPUs {', '.join(names)} were not free for {WAIT_SECONDS // 3600} hours")
        time.sleep(_LOOK_SECONDS)


def _lock(name: str, locks: ExitStack) -> bool:
    folder = Path(tempfile.gettempdir()) / f"mask2matte-gpus-{os.getuid()}"
    folder.mkdir(exist_ok=True)
    lock = FileLock(folder / f"{name.replace('/', '_')}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return False
    locks.callback(lock.release)
    return True
