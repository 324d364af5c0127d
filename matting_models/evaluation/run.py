"""Judging all tasks, in several processes, from where an earlier run stopped."""

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process

import cv2
from tqdm import tqdm

from matting_models.errors import InputError
from matting_models.evaluation.judge import Row, judge
from matting_models.evaluation.predictions import Task
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.rows import RowStore

FEW = 4
"""So many tasks are judged before another process would have started."""


def judge_all(tasks: Sequence[Task], protocol: Protocol, store: RowStore, processes: int) -> list[list[Row]]:
    """Rows of every task, in the tasks' order; the number of processes changes nothing.

    Args:
        tasks: what to judge.
        protocol: how.
        store: what is done already, and where rows are kept.
        processes: how many at once.

    Raises:
        InputError: a process was killed, as for want of memory.
        KeyboardInterrupt: stopped; what was done is kept.
    """
    keys = [store.key(task) for task in tasks]
    done = {i: rows for i, task in enumerate(tasks) if (rows := store.read(task, keys[i])) is not None}
    left = [i for i in range(len(tasks)) if i not in done]
    # Progress counts what is left, so that rate and time left are true after a stop.
    with tqdm(total=len(left), desc="judging", unit="matte", disable=not left) as progress:
        if done:
            progress.set_postfix_str(f"{len(done)} done before")
        for i, rows in _judged([(i, tasks[i]) for i in left], protocol, processes):
            store.write(tasks[i], keys[i], rows)
            done[i] = rows
            progress.update()
    return [done[i] for i in range(len(tasks))]


def _judged(tasks: Sequence[tuple[int, Task]], protocol: Protocol, processes: int) -> Iterator[tuple[int, list[Row]]]:
    """Rows by position, as they are done."""
    if processes == 1 or len(tasks) <= FEW:
        for i, task in tasks:
            yield i, judge(task, protocol)
        return
    with _pool(min(processes, len(tasks))) as pool:
        waiting: dict[Future[list[Row]], int] = {}
        rest = iter(tasks)
        while True:
            # A bounded number waits, whatever the size of the test set.
            while len(waiting) < 4 * processes and (following := next(rest, None)) is not None:
                waiting[pool.submit(judge, following[1], protocol)] = following[0]
            if not waiting:
                return
            for future in wait(waiting, return_when=FIRST_COMPLETED).done:
                yield waiting.pop(future), future.result()


@contextmanager
def _pool(processes: int) -> Iterator[ProcessPoolExecutor]:
    # Spawned: forked copies of a process with threads (torch, OpenCV) can hang.
    pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=_start_worker)
    try:
        yield pool
    except BrokenProcessPool:
        raise InputError(
            "a worker process was killed, mostly for want of memory: use fewer --processes; what is done is kept"
        ) from None
    finally:
        pool.shutdown(cancel_futures=True)


def _start_worker() -> None:
    """One thread a process; Ctrl-C is for the parent, and with it the worker ends, however it ended."""
    cv2.setNumThreads(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
