import pytest

from matting_models.data import Batch, Skips
from matting_models.errors import InputError


def batch(good: int, bad: int, start: int = 0) -> Batch:
    skipped = [(f"s{start + i}", f"file {start + i} is torn") for i in range(bad)]
    return Batch(sample_ids=[f"g{i}" for i in range(good)], skipped=skipped, missing=0)


def test_counts_and_names() -> None:
    skips = Skips(0.1)
    skips.add(batch(8, 2))
    skips.add(batch(10, 0))
    assert (skips.drawn, skips.total) == (20, 2)
    assert skips.reasons == {"s0": "file 0 is torn", "s1": "file 1 is torn"}


def test_too_many_end_the_run() -> None:
    skips = Skips(0.1)
    skips.add(batch(0, 10))  # ten never do
    with pytest.raises(InputError, match=r"11 of 20 samples drawn cannot be used \(limit 10%\); the last, s10: fi"):
        skips.add(batch(9, 1, start=10))


def test_a_draw_without_any_example_ends_the_run() -> None:
    lacking = batch(1, 3)
    lacking.missing = 1
    with pytest.raises(InputError, match=r"3 of 4 samples drawn cannot be used \(limit 90%\); the last, s2: file 2 is"):
        Skips(0.9).add(lacking)


def test_below_the_limit_any_number_may_be_bad() -> None:
    skips = Skips(0.1)
    for _ in range(10):
        skips.add(batch(95, 5))
    assert skips.total == 50


def test_the_count_goes_on_after_a_stop() -> None:
    skips, again = Skips(0.1), Skips(0.1)
    skips.add(batch(0, 10))
    again.load_state_dict(skips.state_dict())
    with pytest.raises(InputError, match="11 of 11"):
        again.add(batch(0, 1))
