"""Loading in other processes."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

import cv2
import torch
from torch.utils.data import DataLoader

from matting_models.data.batch import Loaded
from matting_models.data.datasets import EvaluationSet, Examples, TrainingSet
from matting_models.data.draws import Draws

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def _context(examples: Examples) -> ForkServerContext:
    """Workers are forked from a process of their own: they must not inherit a CUDA context.

    That process imports once what all of them need, which would otherwise take each some seconds. A terminal's Ctrl-C
    and a scheduler's SIGTERM reach every process of a run: only the one that trains may end by them, since it still
    needs batches to finish an iteration.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__, type(examples).__module__])
    with _signals_ignored():  # what is ignored here stays ignored there
        forkserver.ensure_running()
    return context


@contextmanager
def _signals_ignored() -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():  # others may not set handlers
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def training_loader(dataset: TrainingSet, draws: Draws, workers: int) -> "DataLoader[Loaded]":
    """Batches of a stream of draws, in order, whatever the number of workers.

    Args:
        dataset: gives examples.
        draws: batches of draws.
        workers: processes; 0 loads in this one.
    """
    return DataLoader(dataset, batch_sampler=draws, **_options(dataset.examples, workers))  # type: ignore[arg-type]


def evaluation_loader(
    dataset: EvaluationSet, batch_size: int, workers: int, rank: int = 0, world_size: int = 1
) -> "DataLoader[Loaded]":
    """Batches of this process's share of the rows, in order."""
    rows = range(rank, len(dataset), world_size)
    batches = [list(rows[begin : begin + batch_size]) for begin in range(0, len(rows), batch_size)]
    options = _options(dataset.examples, min(workers, len(batches)))
    return DataLoader(dataset, batch_sampler=batches, **options)  # type: ignore[arg-type]


def _options(examples: Examples, workers: int) -> dict[str, object]:
    return {
        "collate_fn": examples.collate,
        "num_workers": workers,
        "pin_memory": torch.cuda.is_available(),
        "multiprocessing_context": _context(examples) if workers else None,
        "worker_init_fn": _start_worker,
    }


def _start_worker(worker: int) -> None:
    """Workers share the processor by being many, and end with the process they work for.

    Torch's own watch looks at the parent, here the fork server; and that waits for its workers: after a kill, both
    would stay for ever.
    """
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    cv2.setNumThreads(0)
    torch.set_num_threads(1)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()
    os._exit(1)
