import pytest

from matting_models.networks.diffmatte.schedule import rate_factor


def test_the_authors_steps_by_hand() -> None:
    small = [rate_factor("vit-s", i, 15_000, 250) for i in (0, 125, 250, 2999, 3000, 8999, 9000, 14_999)]
    assert small == pytest.approx([0.001, 0.5005, 1, 1, 0.1, 0.1, 0.05, 0.05])
    base = [rate_factor("vit-b", i, 17_000, 0) for i in (0, 3000, 9000, 13_999, 14_000)]
    assert base == [1, 0.1, 0.05, 0.05, 0.01]
    assert rate_factor("res34", 14_000, 15_000, 0) == rate_factor("swin-t", 14_999, 15_000, 0) == 0.01
