import numpy as np
import pytest

from matting_models.metrics import overlap


def test_soft_values_count_as_they_are() -> None:
    prediction, truth = np.array([[1.0, 0.5, 0.0]]), np.array([[0.5, 1.0, 0.0]])
    assert overlap(prediction, truth) == pytest.approx((0.5 + 0.5) / (1 + 1))
    assert overlap(truth, truth) == 1


def test_nothing_overlaps_nothing() -> None:
    assert overlap(np.zeros((2, 2)), np.zeros((2, 2))) == 0


def test_sizes_must_be_alike() -> None:
    with pytest.raises(ValueError, match="expected the same shape"):
        overlap(np.zeros((2, 2)), np.zeros((2, 3)))
