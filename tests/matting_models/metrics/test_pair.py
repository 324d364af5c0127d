"""What every metric refuses, and what it takes."""

from collections.abc import Callable

import numpy as np
import pytest

from matting_models.metrics import conn, conn_port, grad, mad, mse, sad, score

METRICS = (sad, mse, mad, grad, conn, conn_port, score)
HALF = np.full((2, 3), 0.5)


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("prediction", "truth", "message"),
    [
        (HALF, HALF.T, "prediction is (2, 3), truth is (3, 2); expected the same shape"),
        (HALF[0], HALF, "prediction has shape (3,); expected (H, W), both at least 1"),
        (HALF, np.zeros((0, 3)), "truth has shape (0, 3); expected (H, W), both at least 1"),
        (HALF, np.zeros((2, 3, 4)), "truth has shape (2, 3, 4); expected (H, W), both at least 1"),
        (
            np.ones((2, 3), np.uint8),
            HALF,
            "prediction has dtype uint8; expected floats in [0, 1]: divide 8-bit values by 255, 16-bit by 65535",
        ),
        (
            HALF + np.float32(0.5000001),
            HALF,
            "prediction has values from 1.00000012 to 1.00000012; expected floats in [0, 1]",
        ),
        ([[0.5]], HALF, "prediction is a list; expected a NumPy array"),
        (HALF * 255, HALF, "prediction has values from 127.5 to 127.5; expected floats in [0, 1]"),
        (HALF, HALF - 1, "truth has values from -0.5 to -0.5; expected floats in [0, 1]"),
        (
            np.array([[0.5, np.nan, 0.5], [np.inf, 0.5, 0.5]]),
            HALF,
            "prediction has 2 of 6 pixels that are NaN or infinite; expected floats in [0, 1]",
        ),
    ],
)
def test_mistakes_are_one_sentence(metric: Callable[..., object], prediction, truth, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        metric(prediction, truth)
    assert str(caught.value) == message


@pytest.mark.parametrize("metric", METRICS)
@pytest.mark.parametrize(
    ("region", "message"),
    [
        (np.ones((3, 2), np.bool_), "region is (3, 2), mattes are (2, 3); expected the same shape"),
        (
            np.full((2, 3), 128, np.uint8),
            "region has dtype uint8; expected bool: for a trimap, unknown_region(trimap)",
        ),
    ],
)
def test_mistaken_regions_are_one_sentence(metric: Callable[..., object], region, message: str) -> None:
    with pytest.raises(ValueError) as caught:
        metric(HALF, HALF, region)
    assert str(caught.value) == message


def test_float32_and_strided_mattes_are_taken() -> None:
    truth = np.zeros((4, 6), np.float32)
    assert sad(np.full((8, 12), 0.5, np.float32)[::2, ::2], truth) == 0.012


def test_negative_zero_is_zero() -> None:
    assert score(np.full((2, 3), -0.0), np.zeros((2, 3))).sad == 0


def test_arguments_are_left_as_they_are() -> None:
    prediction, truth, region = np.full((9, 9), 0.2), np.full((9, 9), 0.7), np.eye(9, dtype=np.bool_)
    before = [x.copy() for x in (prediction, truth, region)]
    score(prediction, truth, region, stretch=True)
    for now, then in zip((prediction, truth, region), before, strict=True):
        np.testing.assert_array_equal(now, then)
