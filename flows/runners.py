"""Where shards are labelled: processes of this machine, or a Dask cluster of any number of machines."""

import ipaddress
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, cast
from urllib.parse import urlsplit

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows.embedded_server import embedded_api_url
from flows.workers import ONE_THREAD, Workers, workers
from pipelines.config import LabellingConfig
from pipelines.errors import UserError
from pipelines.lock import disk_errors

QUEUED = 2
"""Tasks under way per worker: one that runs and one that waits, so that nobody idles and memory does not grow."""


class ClusterLost(Exception):
    """The Dask scheduler went away; what is finished stays."""


def task_runner(config: LabellingConfig) -> TaskRunner[Any]:
    """Prefect's task runner for a run's settings.

    Raises:
        UserError: Dask is not installed, or its workers could not reach Prefect's server.
    """
    if config.runner == "processes":
        return ThreadPoolTaskRunner(max_workers=config.workers)
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ModuleNotFoundError as error:
        raise UserError(f"--runner dask needs {error.name}: pip install 'mask2matte[cluster]'") from None
    if config.scheduler is None:
        one = {"n_workers": config.workers, "threads_per_worker": 1, "dashboard_address": None}
        runner = DaskTaskRunner(cluster_kwargs=one | {"env": dict.fromkeys(ONE_THREAD, "1")})
    else:
        _check_reach(config.scheduler)
        runner = DaskTaskRunner(address=config.scheduler)
    return cast(TaskRunner[Any], runner)


def _check_reach(scheduler: str) -> None:
    host = urlsplit(scheduler).hostname or ""
    try:
        here = ipaddress.ip_address(host).is_loopback
    except ValueError:
        here = host == "localhost"
    if not here and not PREFECT_API_URL.value():
        raise UserError(
            f"{scheduler}: workers on other machines need a Prefect server that they reach; set PREFECT_API_URL"
        )


@contextmanager
def processes(config: LabellingConfig, shards: int) -> Iterator[Workers | None]:
    """This machine's worker processes for the length of a run; None where a Dask cluster does the work."""
    if config.runner == "dask":
        with _reachable_server():
            yield None
        return
    threads = max((os.cpu_count() or 1) // config.workers, 1)  # the closed form takes one, networks share the cores
    with workers(min(config.workers, max(shards, 1)), shards, threads) as pool:
        yield pool


def _reachable_server() -> AbstractContextManager[Any]:
    """Dask's workers are processes of their own: each would start a temporary server if it were told of none."""
    if PREFECT_API_URL.value():
        return nullcontext()
    return temporary_settings({PREFECT_API_URL: embedded_api_url()})


def worth_a_retry(_task: Any, _run: Any, state: State[Any]) -> bool:
    """A user's mistake or a full disk fails the same way again; a dead worker may not."""
    return not isinstance(state.result(raise_on_failure=False), UserError)


def submit(
    config: LabellingConfig, pool: Workers | None, name: str, function: Callable[..., Any], *arguments: Any
) -> PrefectFuture[Any]:
    """Run a function in a worker, as a Prefect task of the flow it is called in."""
    where: Callable[..., Any] = _in_process if pool else _here
    given = (pool, config.out, function, arguments) if pool else (config.out, function, arguments)
    future: PrefectFuture[Any] = _task(where).with_options(task_run_name=name).submit(*given)
    return future


def _task(function: Callable[..., Any]) -> Any:
    return task(
        name="label shard",
        retries=2,
        retry_delay_seconds=1,
        retry_condition_fn=worth_a_retry,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(function)


def _in_process(pool: Workers, out: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    with disk_errors(out):
        return pool.call(function, *arguments)


def _here(out: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    with disk_errors(out):
        return function(*arguments)


def result_of(future: PrefectFuture[Any]) -> Any:
    """A task's result, or the exception that it ended with.

    Raises:
        ClusterLost: the task was lost together with the scheduler.
    """
    # Dask's CancelledError is no Exception, and neither is asyncio's.
    try:
        return future.result(raise_on_failure=False)
    except BaseException as error:
        if type(error).__name__ in ("CancelledError", "FutureCancelledError", "CommClosedError"):
            raise ClusterLost("the Dask scheduler went away") from error
        if isinstance(error, Exception):
            return error
        raise


def window(config: LabellingConfig) -> int:
    """How many tasks may be under way now; a Dask cluster may grow and shrink."""
    if config.runner == "processes":
        return QUEUED * config.workers
    context = FlowRunContext.get()
    assert context is not None
    client = cast(Any, context.task_runner).client
    try:
        threads = sum(map(int, client.nthreads().values()))
    except OSError as error:
        raise ClusterLost("the Dask scheduler went away") from error
    return QUEUED * max(threads, 1)
