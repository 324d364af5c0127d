import pytest

from matting_models.training.schedules import warm_cosine


def test_rises_and_falls() -> None:
    factors = [warm_cosine(i, 12, 4, 0.5) for i in (0, 1, 3, 4, 8, 12)]
    assert factors == pytest.approx([0.25, 0.5, 1, 1, 0.75, 0.5])


def test_without_warmup_it_begins_at_the_top() -> None:
    assert [warm_cosine(i, 2, 0) for i in (0, 1)] == pytest.approx([1, 0.5])
