import pytest

from matting_models.networks.smat.schedule import rate_factor


def test_two_steps_after_a_rise() -> None:
    factors = [rate_factor(i, 100, 10) for i in (0, 5, 10, 29, 30, 59, 60, 99)]
    assert factors == pytest.approx([0.001, 0.5005, 1, 1, 0.1, 0.1, 0.05, 0.05])
    assert rate_factor(0, 100, 0) == 1
