import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matting_models.boxes import box_in_photo, box_of, jitter
from tests.matting_models.data.conftest import rng


def test_a_users_box_is_cut_at_the_border() -> None:
    assert box_in_photo((-3, 1, 4.5, 99), 6, 9) == (0, 1, 4.5, 6)
    assert box_in_photo((0, 0, 9, 6), 6, 9) == (0, 0, 9, 6)


def test_the_extent_of_alpha() -> None:
    alpha = np.zeros((6, 9), np.uint8)
    alpha[2, 3] = 1
    assert box_of(alpha) == (3, 2, 4, 3)
    alpha[4, 8] = 255
    assert box_of(alpha) == (3, 2, 9, 5)


def test_nothing_has_no_extent() -> None:
    with pytest.raises(ValueError, match="alpha is 0 everywhere"):
        box_of(np.zeros((3, 3), np.uint8))


@given(st.data(), st.integers(1, 200), st.integers(1, 200), st.integers(0, 99))
def test_jittered_boxes_stay_inside_near_and_not_empty(data: st.DataObject, height: int, width: int, seed: int) -> None:
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    a, b, c, d = jitter((x0, y0, x1, y1), height, width, rng(seed))
    assert 0 <= a < c <= width
    assert 0 <= b < d <= height
    assert max(abs(a - x0), abs(c - x1)) <= 0.1 * (x1 - x0) + 1
    assert max(abs(b - y0), abs(d - y1)) <= 0.1 * (y1 - y0) + 1


def test_every_side_moves_both_ways_and_by_itself() -> None:
    moved = np.array([jitter((100, 100, 200, 200), 300, 300, rng(seed)) for seed in range(400)]) - (100, 100, 200, 200)
    assert moved.min(axis=0).tolist() == [-10] * 4
    assert moved.max(axis=0).tolist() == [10] * 4
    assert np.abs(np.corrcoef(moved.T) - np.eye(4)).max() < 0.2
