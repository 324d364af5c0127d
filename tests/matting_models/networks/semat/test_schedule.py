import pytest
from hypothesis import given
from hypothesis import strategies as st

from matting_models.networks.semat.schedule import rate_factor


def test_the_papers_schedule_by_hand() -> None:
    factors = [rate_factor(i, 60_000, 250) for i in (0, 125, 250, 29_999, 30_000, 44_999, 45_000, 59_999)]
    assert factors == pytest.approx([0.001, 0.5005, 1, 1, 0.5, 0.5, 0.2, 0.2])


def test_no_warm_up() -> None:
    assert [rate_factor(i, 4, 0) for i in range(4)] == [1, 1, 0.5, 0.2]


@given(st.integers(1, 1000), st.integers(0, 1000), st.data())
def test_always_above_zero_and_at_most_one(iterations: int, warmup: int, data: st.DataObject) -> None:
    assert 0 < rate_factor(data.draw(st.integers(0, iterations - 1)), iterations, warmup) <= 1
