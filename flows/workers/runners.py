"""Where shards are labelled: processes of this machine, or a Dask cluster of any number of machines."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State
from prefect.context import FlowRunContext
from prefect.futures import PrefectFuture
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

from flows import console
from flows.workers.cluster import ClusterLost, check_program, check_workers, dask_runner, failure, program, workers_of
from flows.workers.pool import Workers, workers
from flows.workers.worker import load_methods
from pipelines.config import JobConfig
from pipelines.errors import UserError
from pipelines.storage.lock import disk_errors

K = TypeVar("K")
_ahead: Workers | None = None
"""Worker processes that wait for the flow."""
QUEUED = 2
"""Tasks under way per worker: one that runs and one that waits, so that nobody idles and memory does not grow."""
LOOK = 3.0
"""Seconds after which the cluster is looked at while no task ends: it may have grown, gone or lost its workers."""


def task_runner(config: JobConfig) -> TaskRunner[Any]:
    """Prefect's task runner for a run's settings.

    Raises:
        UserError: Dask is not installed, or its workers could not reach Prefect's server.
    """
    if config.runner == "processes":
        return ThreadPoolTaskRunner(max_workers=config.workers)
    return dask_runner(config)


@contextmanager
def processes(config: JobConfig, shards: int) -> Iterator[Workers | None]:
    """This machine's worker processes for the length of a run; None where a Dask cluster does the work."""
    if config.runner == "dask":
        yield None
        return
    if _ahead is not None and len(_ahead.progress) >= shards:
        yield _ahead
        return
    threads = max((os.cpu_count() or 1) // config.workers, 1)  # the closed form takes one, networks share the cores
    with workers(min(config.workers, max(shards, 1)), shards, threads) as pool:
        yield pool


@contextmanager
def processes_ahead(config: JobConfig, shards: int) -> Iterator[None]:
    """Start this machine's worker processes before the flow that will use them: they load while the server starts."""
    global _ahead
    with processes(config, shards) as pool:
        if pool is not None:
            pool.prepare(load_methods, config)
        _ahead = pool
        try:
            yield
        finally:
            _ahead = None


def worth_a_retry(_task: Any, _run: Any, state: State[Any]) -> bool:
    """A user's mistake or a full disk fails the same way again; a dead worker may not."""
    return not isinstance(state.result(raise_on_failure=False), UserError)


class UnderWay(Generic[K]):
    """Functions that run in workers, as Prefect tasks of the flow that this is made in, each known by a key."""

    def __init__(self, config: JobConfig, pool: Workers | None) -> None:
        """
        Args:
            config: the run's settings.
            pool: this machine's processes; None where a Dask cluster does the work.
        """
        self._config, self._pool = config, pool
        self._keys: dict[PrefectFuture[Any], K] = {}
        self._done: SimpleQueue[PrefectFuture[Any]] = SimpleQueue()
        self._crew: set[str] = set()
        self._said = False

    def __len__(self) -> int:
        return len(self._keys)

    def has_room(self) -> bool:
        """Whether one more keeps the workers busy; a Dask cluster may grow and shrink.

        Raises:
            ClusterLost: the Dask scheduler went away.
            UserError: a worker that joined cannot work.
        """
        return len(self) < QUEUED * self._look()

    def submit(self, key: K, name: str, function: Callable[..., Any], *arguments: Any) -> None:
        """Run a function in a worker.

        Raises:
            ClusterLost: the Dask scheduler went away.
        """
        where = _in_process if self._pool else _in_cluster
        given = (self._pool or program(), self._config.out, function, arguments)
        try:
            future: PrefectFuture[Any] = _task(where).with_options(task_run_name=name).submit(*given)
        except Exception as error:
            if self._pool:
                raise
            raise failure(error) from error
        self._keys[future] = key
        future.add_done_callback(self._done.put)

    def finished(self) -> Iterator[tuple[K, Any]]:
        """Wait a moment for one that ends; gives its key, and its result or the exception that it ended with.

        Raises:
            ClusterLost: the Dask scheduler went away.
        """
        try:
            future = self._done.get(timeout=LOOK)
        except Empty:
            self._look()
            return
        yield self._keys.pop(future), self._result_of(future)

    def abandon(self) -> None:
        """Wait no longer for what others run into too; this machine's processes are soon done with it."""
        if self._pool:
            return
        for future in self._keys:
            cast(Any, future).wrapped_future.cancel()
        self._keys.clear()

    def _result_of(self, future: PrefectFuture[Any]) -> Any:
        if self._pool:
            return future.result(raise_on_failure=False)
        while True:
            try:
                return future.result(timeout=LOOK, raise_on_failure=False)
            except TimeoutError:  # its worker died before anybody asked for the result; another makes it again
                self._look()
            except (KeyboardInterrupt, SystemExit):
                raise
            except BaseException as error:  # Dask's CancelledError is no Exception
                meant = failure(error)
                if isinstance(meant, ClusterLost):
                    raise meant from error
                return meant

    def _look(self) -> int:
        """How many tasks can run now; says so once when none can."""
        if self._pool:
            return self._config.workers
        client = _client()
        crew = workers_of(client)
        if new := crew.keys() - self._crew:
            check_workers(client, new)
        if not crew and not self._said:
            console.console.print(f"no worker at the Dask scheduler {client.scheduler.address} now; waiting for one")
        self._crew, self._said = set(crew), not crew
        return sum(crew.values())


def _client() -> Any:
    """The ``distributed.Client`` of the flow that this is called in; the first call connects it."""
    context = FlowRunContext.get()
    assert context is not None
    try:
        return cast(Any, context.task_runner).client
    except OSError as error:
        raise ClusterLost(error) from error


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


def _in_cluster(digest: str, out: Any, function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    check_program(digest)
    with disk_errors(out):
        return function(*arguments)
