import numpy as np
import pytest

from matting_models.networks.smat.scribbles import SAMPLES, scribble, spline


def test_a_spline_in_closed_form() -> None:
    line = spline(np.array([[0, 60], [60, 60], [120, 60], [180, 0]]))
    assert line.shape == (4 * SAMPLES, 2)
    # Where a segment begins it is (before + 4 own + after) / 6; at an end the end is doubled.
    assert line[[0, 100, 200]].tolist() == [[10, 60], [60, 60], [120, 50]]
    # Half-way between two controls, 1/48 of the outer and 23/48 of the inner ones.
    assert line[150].tolist() == [(0 + 23 * 60 + 23 * 120 + 180) // 48, (60 + 23 * 60 + 23 * 60 + 0) // 48]


def test_a_line_stays_within_its_object() -> None:
    mask = np.zeros((60, 80), bool)
    mask[10:50, 20:70] = True
    drawn = scribble(mask, 1, 3, np.random.default_rng(0))
    assert drawn.any()
    assert not drawn[~mask].any()
    thick = scribble(mask, 5, 3, np.random.default_rng(0))
    assert (thick[drawn > 0] == 1).all()
    assert thick.sum() > 3 * drawn.sum()


def test_the_line_that_covers_most_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    mask = np.ones((40, 40), bool)
    short, long = (np.array([[20, column] for column in range(stop)]) for stop in (3, 39))
    lines = iter([short, long, short, short, short])
    monkeypatch.setattr("matting_models.networks.smat.scribbles._line", lambda *_: next(lines))
    assert scribble(mask, 1, 2, np.random.default_rng(0)).sum() == 39


def test_an_object_without_room_gets_a_line_all_the_same() -> None:
    mask = np.zeros((30, 30), bool)
    mask[[2, 2, 27, 27], [2, 27, 2, 27]] = True  # four corners: every line between them leaves it
    assert scribble(mask, 1, 3, np.random.default_rng(1)).any()
