import os
import signal

import numpy as np
import torch

from matting_models.data import Draws, EvaluationSet, Loaded, TrainingSet, evaluation_loader, training_loader
from matting_models.data.pairs_source import PairsSource
from matting_models.networks.semat.batch import SEMatBatch, SEMatExamples
from tests.matting_models.data.conftest import Broken

EXAMPLES = SEMatExamples(64)


def batches(pairs: PairsSource, workers: int, start: int = 0) -> list[SEMatBatch]:
    draws = Draws([len(pairs)], [1.0], 0, 2, start=start, count=5 - start)
    return list(training_loader(TrainingSet([pairs], EXAMPLES, 0), draws, workers))  # type: ignore[arg-type]


def assert_same(first: list[SEMatBatch], second: list[SEMatBatch]) -> None:
    assert [b.sample_ids for b in first] == [b.sample_ids for b in second]
    for a, b in zip(first, second, strict=True):
        for name in ("images", "alphas", "trimaps", "boxes", "sizes"):
            assert torch.equal(getattr(a, name), getattr(b, name))


def test_the_number_of_workers_changes_nothing_nor_does_a_start_in_the_middle(pairs: PairsSource) -> None:
    alone = batches(pairs, 0)
    assert alone[0].images.shape == (2, 3, 64, 64)
    assert alone[0].images.dtype == torch.uint8
    assert_same(alone, batches(pairs, 2))
    assert_same(alone[3:], batches(pairs, 1, start=3))


def test_a_draw_without_an_example_is_counted(pairs: PairsSource) -> None:
    broken = Broken(pairs, {0, 1, 2, 3})
    loader = training_loader(TrainingSet([broken], EXAMPLES, 0), Draws([4], [1.0], 0, 2, count=1), 1)
    batch = next(iter(loader))
    assert batch.missing == 2
    assert len(batch.skipped) == 20


def test_workers_do_not_hear_what_is_said_to_the_whole_run(pairs: PairsSource) -> None:
    loader = iter(training_loader(TrainingSet([pairs], EXAMPLES, 0), Draws([4], [1.0], 0, 2, count=40), 1))
    next(loader)
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    for worker in loader._workers:  # type: ignore[attr-defined]
        os.kill(worker.pid, signal.SIGINT)
        os.kill(worker.pid, signal.SIGTERM)
    assert len(list(loader)) == 39


def test_evaluation_is_shared_out(pairs: PairsSource) -> None:
    rows = EvaluationSet([pairs], EXAMPLES)
    shares = [
        [ident for batch in evaluation_loader(rows, 2, 0, rank=rank, world_size=3) for ident in batch.sample_ids]  # type: ignore[attr-defined]
        for rank in range(3)
    ]
    ids = [pairs.sample_id(i) for i in range(4)]
    assert shares == [[ids[0], ids[3]], [ids[1]], [ids[2]]]


def test_what_could_not_be_read_is_left_out_of_a_batch(pairs: PairsSource) -> None:
    good = TrainingSet([pairs], EXAMPLES, 0)
    example = good[next(iter(Draws([4], [1.0], 0, 1)))[0]].example
    batch = EXAMPLES.collate([Loaded(None, [("x", "torn")]), Loaded(example, [("y", "gone")])])
    assert len(batch.images) == len(batch.sample_ids) == 1
    assert batch.skipped == [("x", "torn"), ("y", "gone")]
    nothing = EXAMPLES.collate([Loaded(None, [("x", "torn")])])
    assert nothing.sample_ids == []
    assert isinstance(example.image if example else None, np.ndarray)
