"""A Dask cluster as a run sees it: reached or lost, with workers or without, of the same program or of another."""

import asyncio
import importlib
import ipaddress
import logging
import os
import socket
import time
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from prefect.task_runners import TaskRunner

from flows.server.embedded_server import named_server
from flows.workers.pool import ONE_THREAD
from pipelines.config import JobConfig
from pipelines.errors import UserError

ANSWER = 120.0
"""Seconds in which a scheduler must answer."""
_TRY = 5.0
_HERE = Path(__file__).resolve().parents[2]
_LOST = {"CancelledError", "FutureCancelledError", "CommClosedError", "ClosedClientError"}


class ClusterLost(Exception):
    """The Dask scheduler went away; what is finished stays."""

    def __init__(self, why: object = None) -> None:
        super().__init__("the Dask scheduler went away" + (f" ({why})" if why else ""))


def dask_runner(config: JobConfig) -> TaskRunner[Any]:
    """Prefect's task runner for a Dask cluster, the one that the settings name or one of this machine.

    Raises:
        UserError: Dask is not installed, or its workers could not reach Prefect's server.
    """
    try:
        from flows.workers.dask_runner import Runner
    except ModuleNotFoundError as error:
        raise UserError(f"--runner dask needs {error.name}: pip install 'mask2matte[cluster]'") from None
    if config.scheduler is None:
        one: dict[str, Any] = {"n_workers": config.workers, "threads_per_worker": 1, "memory_limit": 0}
        one |= {"dashboard_address": "127.0.0.1:0"}  # none would take port 8787, or warn that another has it
        runner = Runner(cluster_kwargs=one | {"env": dict.fromkeys(ONE_THREAD, "1")})
    else:
        _check_reach(config.scheduler)
        runner = Runner(address=config.scheduler)
    return cast(TaskRunner[Any], runner)


def _check_reach(scheduler: str) -> None:
    host = urlsplit(scheduler).hostname or ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here and not named_server():
        raise UserError(
            f"{scheduler}: workers on other machines need a Prefect server that they reach; set PREFECT_API_URL"
        )


def await_scheduler(scheduler: str, patience: float) -> None:
    """Wait until a scheduler answers.

    Args:
        scheduler: its address.
        patience: seconds.

    Raises:
        UserError: none answers, or what answers is no scheduler.
    """
    deadline = time.monotonic() + patience
    while True:
        left = deadline - time.monotonic()
        try:
            asyncio.run(_knock(scheduler, max(min(left, _TRY), 0.5)))
            return
        except OSError:
            if left <= _TRY:
                text = "no Dask scheduler answers; the same command goes on once one does"
                raise UserError(f"{scheduler}: {text}") from None
        except (ValueError, MemoryError) as error:  # no such kind of address; lengths that are none
            raise UserError(f"{scheduler}: not the address of a Dask scheduler: {error}") from None


async def _knock(scheduler: str, patience: float) -> None:
    core: Any = importlib.import_module("distributed.comm")
    security: Any = importlib.import_module("distributed.security")
    options = security.Security().get_connection_args("client")
    connecting = core.connect(scheduler, timeout=patience, **options)
    comm = await asyncio.wait_for(connecting, patience)  # what is no scheduler may never say a word
    await comm.close()


def workers_of(client: Any) -> dict[str, int]:
    """Addresses of the workers that the scheduler of a ``distributed.Client`` knows now, with their threads.

    Raises:
        ClusterLost: the scheduler does not answer.
    """
    return cast(dict[str, int], _ask(client, "nthreads"))


def check_workers(client: Any, workers: Iterable[str]) -> None:
    """Make sure that workers have the program: without it they would die of the first task and say nothing.

    Raises:
        UserError: one of them has not.
        ClusterLost: the scheduler does not answer.
    """

    def lack() -> str:  # sent as it is, since there may be no module to take it from
        try:
            importlib.import_module("flows.workers.cluster")
        except Exception as error:
            return f"{type(error).__name__}: {error}"
        return ""

    found: dict[str, str] = _ask(client, "run", lack, workers=list(workers), on_error="ignore")
    for address, why in found.items():
        if why:
            raise UserError(
                f"the Dask worker {address} cannot import Mask2Matte ({why}); install this run's release on all "
                "machines and start the workers again"
            )


def _ask(client: Any, method: str, *given: Any, **named: Any) -> Any:
    if client.status != "running":
        raise ClusterLost
    try:
        return getattr(client, method)(*given, callback_timeout=ANSWER, **named)
    except (OSError, AttributeError, RuntimeError) as error:  # it went away meanwhile
        raise ClusterLost(error) from error


def failure(error: BaseException) -> Exception:
    """What an error of Dask's own, not of the task, means for the run.

    Returns:
        ``ClusterLost``, a ``UserError`` for what other tasks would meet too, or a ``RuntimeError`` of this task alone.
    """
    kind, text = type(error).__name__, str(error).strip()
    if kind in _LOST or isinstance(error, OSError):
        return ClusterLost()
    if kind == "KilledWorker":
        times = getattr(error, "allowed_failures", 0) + 1
        return RuntimeError(f"{times} Dask workers died at it, one after the other (killed, or out of memory)")
    if isinstance(error, ImportError | AttributeError | TypeError) or "deserialization" in text:
        needed = "scheduler and workers need the same Mask2Matte and Prefect as this run"
        return UserError(f"the Dask cluster cannot read the task ({error.__cause__ or error}); {needed}")
    if "Failed to reach API" in text:
        return UserError(f"the Dask workers do not reach the Prefect server: {text}")
    return RuntimeError(f"{kind}: {text}")


def check_program(digest: str) -> None:
    """Make sure that this process has the program that the run has.

    Args:
        digest: of the run's program.

    Raises:
        UserError: it has another one.
    """
    if digest != program():
        raise UserError(
            f"the Dask worker on {socket.gethostname()} has another Mask2Matte than this run ({_HERE}); "
            "install the same release on all machines and start the workers again"
        )


@lru_cache(maxsize=1)
def program() -> str:
    """Digest of the program's modules and networks: others may give other bytes."""
    digest = sha256()
    for package in ("flows", "matting_models", "pipelines"):
        files = (_HERE / package).rglob("*.*")
        for path in sorted(path for path in files if path.suffix in (".py", ".onnx", ".safetensors")):
            digest.update(f"{path.relative_to(_HERE).as_posix()}\0".encode() + path.read_bytes())
    return digest.hexdigest()


def quiet() -> None:
    """No log of Dask's on the console, which belongs to the progress bar; the run says what matters itself."""
    # Workers of a cluster of this machine read it when they load; the end of a run is an error to their heartbeat.
    os.environ.setdefault("DASK_LOGGING__DISTRIBUTED", "critical")
    import distributed  # noqa: F401  sets its loggers up

    for name in ("distributed", "distributed.client"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
