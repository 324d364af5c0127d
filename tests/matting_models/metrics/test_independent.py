"""Agreement to 1e-6 with MMagic's own code, and with the values that its public tests expect."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from benchmarks.metrics import cases
from benchmarks.plain_metrics import plain_conn, plain_scores
from matting_models.metrics import conn, grad, mse, sad, score, unknown_region
from tests.matting_models.metrics.mmagic_metrics import mmagic_scores


def synthetic() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Prediction, truth and trimap of its tests."""
    trimap = np.zeros((32, 32), np.uint8)
    trimap[:16, :16], trimap[16:, 16:] = 128, 255
    prediction = np.zeros((32, 32), np.uint8)
    prediction[16:, 16:] = 255
    return prediction, np.full((32, 32), 255, np.uint8), trimap


def test_values_that_its_tests_expect() -> None:
    prediction, truth, trimap = synthetic()
    mattes, unknown = (prediction / 255, truth / 255), unknown_region(trimap)
    assert sad(*mattes) == pytest.approx(0.768, rel=1e-6)
    assert conn(*mattes, unknown) == pytest.approx(0.256, rel=1e-6)
    assert grad(*mattes, unknown, stretch=True) == pytest.approx(0.0028887, rel=1e-4)
    theirs = mmagic_scores(prediction, truth, trimap)
    assert grad(*mattes, unknown, stretch=True) == pytest.approx(theirs["GradientError"], rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_unknown_region(seed: int) -> None:
    rng = np.random.default_rng(seed)
    smooth = gaussian_filter(rng.random((2, 90, 120)), (0, 6, 6))
    truth, prediction = (np.clip(128 + 3000 * (matte - matte.mean()), 0, 255).astype(np.uint8) for matte in smooth)
    trimap = np.where(truth == 0, 0, np.where(truth == 255, 255, 128)).astype(np.uint8)
    prediction[trimap != 128] = trimap[trimap != 128]
    theirs = mmagic_scores(prediction, truth, trimap)
    unknown = unknown_region(trimap)
    ours = score(prediction / 255, truth / 255, unknown, stretch=True)
    assert ours.sad == pytest.approx(theirs["SAD"], rel=1e-6)
    assert ours.mse == pytest.approx(theirs["MattingMSE"], rel=1e-6)
    assert ours.grad == pytest.approx(theirs["GradientError"], rel=1e-6)
    assert ours.conn == pytest.approx(theirs["ConnectivityError"], rel=1e-6)


def test_whole_image_of_noise() -> None:
    rng = np.random.default_rng(9)
    prediction, truth = rng.integers(0, 256, (2, 70, 90)).astype(np.uint8)
    theirs = mmagic_scores(prediction, truth, np.full((70, 90), 128, np.uint8))
    assert mse(prediction / 255, truth / 255) == pytest.approx(theirs["MattingMSE"], rel=1e-6)
    assert grad(prediction / 255, truth / 255, stretch=True) == pytest.approx(theirs["GradientError"], rel=1e-6)
    assert conn(prediction / 255, truth / 255) == pytest.approx(theirs["ConnectivityError"], rel=1e-6)


@pytest.mark.parametrize("name", cases())
def test_plain_formulation_on_the_benchmarks_images(name: str) -> None:
    prediction, truth = cases()[name]
    everywhere = np.ones(truth.shape, np.bool_)
    ours = score(prediction, truth)
    for metric, value in plain_scores(prediction, truth, everywhere).items():
        assert getattr(ours, metric) == pytest.approx(value, rel=1e-6), metric
    assert ours.conn_port == pytest.approx(plain_conn(prediction, truth, everywhere, port=True), rel=1e-6)
