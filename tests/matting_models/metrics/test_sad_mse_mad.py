import numpy as np
import pytest
import skimage.metrics
from hypothesis import given, settings

from matting_models.metrics import mad, mse, sad
from tests.matting_models.metrics.strategies import pairs

PREDICTION = np.array([[0.0, 0.5, 1.0], [0.25, 0.0, 1.0]])
TRUTH = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
REGION = np.array([[1, 1, 0], [1, 0, 0]], np.bool_)


def test_whole_image() -> None:
    # |differences|: 0, 0.5, 1, 0.25, 0, 0
    assert sad(PREDICTION, TRUTH) == pytest.approx(1.75 / 1000, rel=1e-12)
    assert mad(PREDICTION, TRUTH) == pytest.approx(1.75 / 6, rel=1e-12)
    assert mse(PREDICTION, TRUTH) == pytest.approx((0.25 + 1 + 0.0625) / 6, rel=1e-12)


def test_region() -> None:
    # 0, 0.5, 0.25
    assert sad(PREDICTION, TRUTH, REGION) == pytest.approx(0.75 / 1000, rel=1e-12)
    assert mad(PREDICTION, TRUTH, REGION) == pytest.approx(0.25, rel=1e-12)
    assert mse(PREDICTION, TRUTH, REGION) == pytest.approx(0.3125 / 3, rel=1e-12)


def test_empty_region_has_a_sum_and_no_mean() -> None:
    nowhere = np.zeros((2, 3), np.bool_)
    assert sad(PREDICTION, TRUTH, nowhere) == 0
    assert np.isnan(mad(PREDICTION, TRUTH, nowhere))
    assert np.isnan(mse(PREDICTION, TRUTH, nowhere))


def test_empty_prediction_and_empty_truth() -> None:
    nothing = np.zeros((2, 3))
    assert sad(nothing, TRUTH) == sad(TRUTH, nothing) == pytest.approx(2 / 1000, rel=1e-12)
    assert sad(nothing, nothing) == mse(nothing, nothing) == mad(nothing, nothing) == 0


@settings(deadline=None)
@given(pairs())
def test_mse_is_scikit_images(pair) -> None:
    assert mse(*pair) == pytest.approx(skimage.metrics.mean_squared_error(*pair), rel=1e-9, abs=1e-15)


@settings(deadline=None)
@given(pairs())
def test_sad_is_mad_times_pixels(pair) -> None:
    assert sad(*pair) == pytest.approx(mad(*pair) * pair[0].size / 1000, rel=1e-12)
