import threading
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from pipelines.errors import StoreError
from pipelines.review import comparison
from pipelines.review.board import Board, Query
from pipelines.review.comparison import Comparison, Progress
from pipelines.review.measured import NOT_YET
from pipelines.storage.current import current

from .conftest import instance, manifest

Runs = tuple[Path, Path]


def matte(out: Path, number: int, level: int) -> None:
    (out / "alphas").mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(out / "alphas" / f"{number}.png"), np.full((20, 20), level, np.uint8))


@pytest.fixture
def runs(tmp_path: Path) -> Runs:
    """Five masks of 100 pixels.

    The first matte differs by 51 / 255 in 400 pixels, so by 8 px, the second by 102 / 255, so by 16 px; the third is
    the same, so nobody needs its files, which are not there; the other run lacks the fourth, and the fifth's file.
    """
    one, two = tmp_path / "one", tmp_path / "two"
    manifest(one, [instance(number) for number in range(1, 6)])
    manifest(two, [instance(n, alpha_sha256=f"digest-{n}" if n == 3 else f"other-{n}") for n in (5, 3, 2, 1)])
    for number in (1, 2, 5):
        matte(one, number, 0)
    matte(two, 1, 51)
    matte(two, 2, 102)
    return one, two


def compared(runs: Runs) -> Board:
    board = Board(runs[0], Comparison(*runs))
    assert board.comparison is not None
    board.comparison.wait(20)
    return board


def test_every_pair_is_measured_in_the_background(runs: Runs) -> None:
    board = compared(runs)
    np.testing.assert_allclose(board.catalogue.scores["disagreement"], [8, 16, 0, np.nan, np.nan])
    assert board.find(Query("disagreement")).tolist() == [1, 0, 2, 3, 4]
    assert board.comparison is not None and board.comparison.progress() == Progress(3, 3)


def test_pairs_measured_once_are_not_read_again(runs: Runs) -> None:
    compared(runs)
    for out in runs:
        for file in (out / "alphas").iterdir():
            file.unlink()
    assert compared(runs).catalogue.scores["disagreement"][:3].tolist() == [8, 16, 0]


def test_a_new_version_is_compared_in_its_place(runs: Runs) -> None:
    board = compared(runs)
    matte(runs[0], 1, 51)
    manifest(runs[0], [instance(2), instance(1, alpha_sha256="another")])
    assert board.refresh(current(runs[0])) and board.comparison is not None
    board.comparison.wait(20)
    assert board.catalogue.scores["disagreement"].tolist() == [16, 0]


class Held:
    """Reads levels when it is allowed to, one matte at a time, and notes which."""

    def __init__(self, read: Callable[..., np.ndarray]) -> None:
        self._read, self.allowed, self.names = read, threading.Semaphore(0), list[str]()

    def __call__(self, out: Path, name: str) -> np.ndarray:
        self.allowed.acquire()
        self.names.append(name)
        return self._read(out, name)


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Held:
    held = Held(comparison.read_levels)
    monkeypatch.setattr(comparison, "read_levels", held)
    return held


def test_the_doubtful_come_first_and_those_that_wait_after_the_compared(runs: Runs, held: Held) -> None:
    manifest(runs[0], [instance(n, unknown_fraction=0.5 if n == 2 else 0.1) for n in (1, 2, 4)])
    board = Board(runs[0], Comparison(*runs))
    assert board.comparison is not None
    assert board.find(Query("disagreement")).tolist() == [0, 1, 2] and board.comparison.progress() == Progress(0, 2)
    held.allowed.release(3)
    end = time.monotonic() + 20
    while board.comparison.progress().done < 1 or len(held.names) < 3:
        assert time.monotonic() < end
    assert held.names == ["alphas/2.png"] * 2 + ["alphas/1.png"]
    assert board.find(Query("disagreement")).tolist() == [1, 0, 2]
    np.testing.assert_allclose(board.catalogue.scores["disagreement"], [NOT_YET, 16, np.nan])
    held.allowed.release()
    board.comparison.wait(20)


def test_what_was_measured_before_it_is_closed_is_kept(runs: Runs, held: Held) -> None:
    board = Board(runs[0], Comparison(*runs))
    assert board.comparison is not None
    held.allowed.release(2)
    end = time.monotonic() + 20
    while board.comparison.progress().done < 2:  # the first, and the third, which is the same
        assert time.monotonic() < end
    threading.Timer(0.1, held.allowed.release, (2,)).start()
    board.comparison.close()
    held.allowed.release(10)
    assert compared(runs).catalogue.scores["disagreement"][:3].tolist() == [8, 16, 0]
    assert held.names.count("alphas/1.png") == 2


def test_a_store_that_is_gone_is_said(runs: Runs, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise StoreError("s3://bucket: the store does not answer")

    monkeypatch.setattr(comparison, "read_levels", gone)
    board = compared(runs)
    assert board.comparison is not None
    assert board.comparison.problems == ["the comparison has stopped: s3://bucket: the store does not answer"]
