import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.plain_metrics import plain_grad
from matting_models.metrics import grad
from tests.matting_models.metrics.strategies import pairs, regions

STEP = np.repeat([0.0, 1.0], 20)[None].repeat(15, axis=0)
"""(15, 40), a vertical edge between columns 19 and 20."""


def edge_response() -> np.ndarray:
    """By hand: what the normalised filter gives for STEP, column by column, the Gaussian direction being constant."""
    x = np.arange(-4, 5)
    gaussian, derivative = np.exp(-(x**2) / (2 * 1.4**2)), x * np.exp(-(x**2) / (2 * 1.4**2))
    response = np.zeros(40)
    for column in range(16, 24):
        response[column] = derivative[x >= 20 - column].sum() * gaussian.sum()
    return response / np.sqrt((np.outer(gaussian, derivative) ** 2).sum())


def test_edge_against_nothing() -> None:
    expected = 15 * (edge_response() ** 2).sum() / 1000
    assert grad(STEP, np.zeros_like(STEP)) == pytest.approx(expected, rel=1e-12)
    assert grad(np.zeros_like(STEP), STEP) == pytest.approx(expected, rel=1e-12)


def test_only_the_region_counts_but_gradients_see_all() -> None:
    region = np.zeros(STEP.shape, np.bool_)
    region[3, 21:23] = True  # beside the edge
    expected = (edge_response()[21:23] ** 2).sum() / 1000
    assert grad(STEP, np.zeros_like(STEP), region) == pytest.approx(expected, rel=1e-12)


def test_equal_mattes_and_empty_region() -> None:
    assert grad(STEP, STEP) == 0
    assert grad(STEP, 1 - STEP, np.zeros(STEP.shape, np.bool_)) == 0


def test_magnitude_has_no_sign() -> None:
    assert grad(STEP, 1 - STEP) == pytest.approx(0, abs=1e-15)


def test_stretch_sets_range_and_flattens_constants() -> None:
    half = STEP / 2
    assert grad(half, STEP) > 0.01
    assert grad(half, STEP, stretch=True) == pytest.approx(0, abs=1e-15)
    assert grad(np.full_like(STEP, 0.3), STEP, stretch=True) == grad(np.zeros_like(STEP), STEP)


@settings(deadline=None)
@given(pairs(), st.data())
def test_equals_scipys_convolutions(pair, data) -> None:
    region = data.draw(regions(pair[0].shape))
    assert grad(*pair, region) == pytest.approx(plain_grad(*pair, region), rel=1e-6, abs=1e-15)


@pytest.mark.parametrize("width", [1, 31, 32, 33, 64, 100])
def test_single_difference_anywhere(width: int) -> None:
    # Blocks of 32 columns are skipped where nothing differs near them.
    truth = np.random.default_rng(width).random((12, width))
    everywhere = np.ones(truth.shape, np.bool_)
    for column in range(width):
        prediction = truth.copy()
        prediction[column % 12, column] = 1 - truth[column % 12, column]
        assert grad(prediction, truth) == pytest.approx(plain_grad(prediction, truth, everywhere), rel=1e-6)
