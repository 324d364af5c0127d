import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from benchmarks.plain_metrics import plain_conn
from matting_models.metrics import conn, conn_port
from tests.matting_models.metrics.strategies import pairs, regions


def test_island_loses_its_level() -> None:
    # At 0.1 and above, both reach: a block of 4 and an island of 2. The island falls to level 0: phi = 1 - alpha.
    truth = np.array([[1, 1, 0, 1.0], [1, 1, 0, 1.0]])
    prediction = np.array([[1, 1, 0, 0.4], [1, 1, 0, 0.75]])
    assert conn(prediction, truth) == pytest.approx(((1 - 0.4) + (1 - 0.75)) / 1000, rel=1e-12)


def test_distance_is_from_the_connected_level() -> None:
    # One component; the last pixel reaches 0.4 in both: l = 0.4, distances 0 and 0.6.
    truth = np.array([[1.0, 1, 1, 1]])
    prediction = np.array([[1.0, 1, 1, 0.4]])
    assert conn(prediction, truth) == pytest.approx(0.6 / 1000, rel=1e-12)
    # 0.14 above its level is no distance.
    assert conn(np.array([[1.0, 1, 1, 0.86]]), truth) == pytest.approx(0.2 / 1000, rel=1e-12)  # 1 - 0.8
    assert conn(np.array([[1.0, 1, 1, 0.91]]), truth) == 0  # 1 - 0.9 is below 0.15


def test_empty_prediction_costs_the_truth() -> None:
    truth = np.array([[0.1, 0.2, 1.0, 0.0]])
    assert conn(np.zeros((1, 4)), truth) == conn(truth, np.zeros((1, 4))) == pytest.approx(1.2 / 1000, rel=1e-12)


def test_empty_prediction_costs_nothing_in_the_port() -> None:
    assert conn_port(np.zeros((1, 4)), np.array([[0.1, 0.2, 1.0, 0.0]])) == 0


def test_region_and_empty_region() -> None:
    truth, prediction = np.ones((1, 4)), np.array([[1.0, 1, 0.4, 0.4]])
    assert conn(prediction, truth, np.array([[True, False, False, True]])) == pytest.approx(0.6 / 1000, rel=1e-12)
    assert conn(prediction, truth, np.zeros((1, 4), np.bool_)) == 0


def test_port_differs_where_the_background_is_larger() -> None:
    # 2 of 6 pixels are foreground: the port takes the background, so the last pixel is measured from 0.
    truth = np.array([[1.0, 1, 0, 0, 0, 0]])
    prediction = np.array([[1.0, 0.8, 0, 0, 0, 0]])
    assert conn(prediction, truth) == pytest.approx(0.2 / 1000, rel=1e-12)
    assert conn_port(prediction, truth) == pytest.approx(0.2 / 1000, rel=1e-12)
    prediction = np.array([[1.0, 0.89, 0.5, 0, 0, 0]])  # false foreground, near truth
    assert conn(prediction, truth) == pytest.approx((0.2 + 0.5) / 1000, rel=1e-12)
    assert conn_port(prediction, truth) == pytest.approx(0.11 / 1000, rel=1e-12)


def test_disc_on_a_large_background() -> None:
    # A disc of 4% of the image, its prediction blurred at the edge and a fifth too small.
    y, x = np.mgrid[:200, :200]
    distance = np.hypot(y - 100, x - 100)
    truth = np.clip(23 - distance, 0, 1)
    prediction = np.clip((24 - distance) / 8, 0, 1)
    everywhere = np.ones(truth.shape, np.bool_)
    assert conn(prediction, truth) == pytest.approx(plain_conn(prediction, truth, everywhere), rel=1e-9)
    assert conn_port(prediction, truth) == pytest.approx(plain_conn(prediction, truth, everywhere, port=True), rel=1e-9)
    assert conn_port(prediction, truth) != pytest.approx(conn(prediction, truth), rel=0.05)


def test_four_neighbours_connect_and_diagonals_do_not() -> None:
    truth = np.array([[1.0, 1, 0], [0, 0, 1]])
    prediction = np.array([[1.0, 1, 0], [0, 0, 0.5]])
    assert conn(prediction, truth) == pytest.approx(0.5 / 1000, rel=1e-12)  # level 0; connected it would be too
    prediction[1, 2] = 0.92
    assert conn(prediction, truth) == pytest.approx(0.08 / 1000, rel=1e-9)  # level 0; connected it would cost 0


def test_of_equal_components_the_first_in_reading_order_counts() -> None:
    truth = np.array([[0.0, 1, 0, 1], [0.0, 1, 0, 1]])
    prediction = np.array([[0.0, 0.91, 0, 0.91], [0.0, 1, 0, 1]])
    # The first keeps its level 0.9; the second falls to 0.
    assert conn(prediction, truth) == pytest.approx(0.09 / 1000, rel=1e-9)


@settings(max_examples=300, deadline=None)
@given(pairs(), st.data())
@example((np.zeros((1, 1)), np.ones((1, 1))), None)
def test_equals_scikit_images_labels(pair, data) -> None:
    region = np.ones(pair[0].shape, np.bool_) if data is None else data.draw(regions(pair[0].shape))
    assert conn(*pair, region) == pytest.approx(plain_conn(*pair, region), rel=1e-6, abs=1e-15)
    assert conn_port(*pair, region) == pytest.approx(plain_conn(*pair, region, port=True), rel=1e-6, abs=1e-15)
