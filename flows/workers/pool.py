"""Worker processes: one executor each, so that a worker that dies takes only its own shard with it."""

import os
import queue
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from multiprocessing import get_context
from multiprocessing.sharedctypes import RawArray
from typing import Any, TypeVar

from flows.workers.worker import start

T = TypeVar("T")
ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
"""Environment variables by which numerical libraries are told their number of threads."""
TRIES = 3
"""How many workers in a row may die of the same call."""


class WorkerDied(RuntimeError):
    """A worker process was killed, or ran out of memory; a fresh one has taken its place."""


class Workers:
    """A fixed number of spawned processes. Spawned, not forked: PyMatting's parallel kernels kill forked workers."""

    def __init__(self, count: int, shards: int) -> None:
        """
        Args:
            count: number of processes.
            shards: length of the progress board.
        """
        self.progress = RawArray("q", max(shards, 1))
        self._idle: queue.SimpleQueue[ProcessPoolExecutor] = queue.SimpleQueue()
        self._all: list[ProcessPoolExecutor] = []
        with _without_sigint():
            for _ in range(count):
                executor = self._new()
                executor.submit(os.getpid)  # Starts the process now, while it inherits the ignored signal.
                self._idle.put(executor)

    def _new(self) -> ProcessPoolExecutor:
        executor = ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=start, initargs=(self.progress,))
        self._all.append(executor)
        return executor

    def prepare(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have every worker run a function before all else, without waiting for it; what it raises is lost."""
        for executor in self._all:
            with suppress(BrokenProcessPool):  # it was killed already; the first call will see that
                executor.submit(function, *arguments)

    def call(self, function: Callable[..., T], *arguments: Any) -> T:
        """Run ``function`` in an idle worker and wait for its result. Threads may call this at the same time.

        Raises:
            WorkerDied: the worker process died; a fresh one has taken its place.
            Exception: whatever ``function`` raised.
        """
        executor = self._idle.get()
        try:
            return executor.submit(function, *arguments).result()
        except BrokenProcessPool as error:
            executor.shutdown(wait=False)
            self._all.remove(executor)
            executor = self._new()
            raise WorkerDied("a worker process died (killed, or out of memory)") from error
        finally:
            self._idle.put(executor)

    def insist(self, function: Callable[..., T], *arguments: Any) -> T:
        """As ``call``; should the worker die, another one does it.

        Raises:
            WorkerDied: ``TRIES`` workers died of it.
            Exception: whatever ``function`` raised.
        """
        for left in reversed(range(TRIES)):
            try:
                return self.call(function, *arguments)
            except WorkerDied:
                if not left:
                    raise
        raise AssertionError

    def map(self, function: Callable[..., T], *iterables: Any) -> Iterator[T]:
        """``map`` over all workers, results in order; raises as ``insist``."""
        jobs = list(zip(*iterables, strict=True))
        with ThreadPoolExecutor(len(self._all)) as threads:
            return iter(list(threads.map(lambda job: self.insist(function, *job), jobs)))

    def close(self) -> None:
        """End the processes at once: whoever is done with them has their results, and files are whole or not there."""
        for executor in self._all:
            for process in list((executor._processes or {}).values()):
                process.kill()
            executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def _without_sigint() -> Iterator[None]:
    """Ignore Ctrl-C for a moment, so that processes started meanwhile ignore it from their first instruction."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def workers(count: int, shards: int, threads: int = 1) -> Iterator[Workers]:
    """Workers for the length of a run.

    Args:
        count: number of processes.
        shards: length of the progress board.
        threads: threads per process for numerical libraries; the environment of the processes says so, since
            these libraries read it when they load.
    """
    # multiprocessing's tracker outlives a stopped run by a moment and would complain about what it then frees.
    settings = dict.fromkeys(ONE_THREAD, str(threads)) | {"PYTHONWARNINGS": "ignore:resource_tracker"}
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    pool = Workers(count, shards)
    try:
        yield pool
    finally:
        pool.close()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
