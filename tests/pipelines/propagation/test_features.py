import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from pipelines.propagation.features import FeatureMap, View, unit

coordinates = st.floats(-1e4, 1e4)
steps = st.floats(0.1, 100)
point_lists = hnp.arrays(np.float64, st.tuples(st.integers(0, 5), st.just(2)), elements=coordinates)


def grid(values: list, origin: tuple[float, float] = (0.0, 0.0), step: tuple[float, float] = (1.0, 1.0)) -> FeatureMap:
    array = np.array(values, np.float16)
    return FeatureMap(array, origin, step, (100, 100), 1.0)


# Two columns, two rows: right, down, left, up.
FOUR = [[[1, 0], [0, 1]], [[-1, 0], [0, -1]]]


def test_cells_and_pixels_by_hand() -> None:
    found = grid(FOUR, origin=(7.0, 3.5), step=(14.0, 8.0))
    assert found.to_cells(np.array([[7, 3.5], [21, 3.5], [0, 19.5]])).tolist() == [[0, 0], [1, 0], [-0.5, 2]]
    assert found.to_pixels(np.array([[0, 0], [1, 2]])).tolist() == [[7, 3.5], [21, 19.5]]


@given(point_lists, st.tuples(coordinates, coordinates), st.tuples(steps, steps))
def test_to_pixels_is_the_inverse_of_to_cells(points, origin, step) -> None:
    found = grid(FOUR, origin, step)
    np.testing.assert_allclose(found.to_pixels(found.to_cells(points)), points, atol=1e-8)
    np.testing.assert_allclose(found.to_cells(found.to_pixels(points)), points, atol=1e-6)


@pytest.mark.parametrize(
    ("point", "expected"),
    [
        ((10, 20), [1, 0]),
        ((14, 20), [0, 1]),
        ((12, 20), [2**-0.5, 2**-0.5]),
        # A quarter of the way: (0.75, 0.25) brought to unit length.
        ((11, 20), [0.948683, 0.316228]),
        # A quarter down: the top's 0.75 right, the bottom's 0.25 left.
        ((10, 22), [1, 0]),
        # x 3/4, y 1/4: 0.75 (0.25, 0.75) + 0.25 (-0.25, -0.75) = (0.125, 0.375).
        ((13, 22), [0.316228, 0.948683]),
    ],
)
def test_sample_is_bilinear(point, expected) -> None:
    found = grid(FOUR, origin=(10.0, 20.0), step=(4.0, 8.0))
    np.testing.assert_allclose(found.sample(np.array([point], np.float64)), [expected], atol=1e-6)


def test_opposite_vectors_cancel_to_zero_rather_than_nan() -> None:
    assert grid(FOUR).sample(np.array([[0.5, 0.5]])).tolist() == [[0, 0]]


@pytest.mark.parametrize(
    ("outside", "border"),
    [((-5, -5), (0, 0)), ((0.5, -9), (0.5, 0)), ((9, 0.25), (1, 0.25)), ((9, 9), (1, 1)), ((-1, 0.75), (0, 0.75))],
)
def test_outside_is_the_border(outside, border) -> None:
    found = grid(FOUR)
    inside = found.sample(np.array([border], np.float64))
    np.testing.assert_array_equal(found.sample(np.array([outside], np.float64)), inside)


@pytest.mark.parametrize("shape", [(1, 1), (1, 4), (4, 1)])
def test_maps_of_one_row_or_column(shape) -> None:
    values = np.zeros((*shape, 4), np.float16)
    values.reshape(-1, 4)[:] = np.eye(4)[: shape[0] * shape[1]]
    found = FeatureMap(values, (0, 0), (1, 1), (4, 4), 1.0)
    last = np.array([[shape[1] - 1, shape[0] - 1]], np.float64)
    assert found.sample(np.zeros((1, 2))).tolist() == [[1, 0, 0, 0]]
    np.testing.assert_array_equal(found.sample(last), [values[-1, -1]])


@given(hnp.arrays(np.float64, (3, 2), elements=st.floats(-3, 8)), st.integers(0, 99))
def test_samples_have_unit_length(points, seed) -> None:
    vectors = np.abs(np.random.default_rng(seed).standard_normal((5, 6, 7))) + 0.1
    found = FeatureMap(unit(vectors.astype(np.float32)).astype(np.float16), (0, 0), (1, 1), (5, 6), 1.0)
    sampled = found.sample(points)
    assert sampled.shape == (3, 7) and sampled.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(sampled, axis=1), 1, atol=1e-5)


def test_unit() -> None:
    vectors = np.array([[3, 4], [0, 0], [0, -0.5]], np.float32)
    np.testing.assert_allclose(unit(vectors), [[0.6, 0.8], [0, 0], [0, -1]])


@pytest.mark.parametrize(
    ("view", "right", "down"),
    [
        (View(), (1, 0), (0, 1)),
        (View(90), (0, 1), (-1, 0)),  # clockwise on the screen, where y grows downwards
        (View(180), (-1, 0), (0, -1)),
        (View(-90), (0, -1), (1, 0)),
        (View(scale=2.5), (2.5, 0), (0, 2.5)),
        (View(mirrored=True), (-1, 0), (0, 1)),
        (View(90, 2, True), (0, -2), (-2, 0)),  # mirrored first, then turned
    ],
)
def test_linear(view, right, down) -> None:
    np.testing.assert_allclose(view.linear() @ [1, 0], right, atol=1e-12)
    np.testing.assert_allclose(view.linear() @ [0, 1], down, atol=1e-12)


@given(st.floats(-360, 360), st.floats(0.1, 10), st.booleans())
def test_linear_is_a_similarity(angle, scale, mirrored) -> None:
    linear = View(angle, scale, mirrored).linear()
    np.testing.assert_allclose(linear @ linear.T, scale**2 * np.eye(2), atol=1e-9 * scale**2)
    assert np.linalg.det(linear) == pytest.approx(-(scale**2) if mirrored else scale**2)
