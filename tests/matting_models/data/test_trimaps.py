import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from matting_models.data.trimaps import from_alpha, random_ellipses, scaled_ellipse, to_classes
from tests.matting_models.data.conftest import rng


def test_classes_of_a_trimap() -> None:
    assert to_classes(np.array([[0, 1, 128, 254, 255]], np.uint8)).tolist() == [[0, 1, 1, 1, 2]]


def test_certain_regions_are_eroded() -> None:
    alpha = np.array([[0, 0, 0, 0, 128, 255, 255, 255, 255]] * 9, np.uint8)
    # An ellipse of 3 reaches one pixel: to either side one more is unknown. The border itself erodes nothing.
    assert from_alpha(alpha, 3, 3)[4].tolist() == [0, 0, 0, 1, 1, 1, 2, 2, 2]
    assert from_alpha(alpha, 1, 5)[0].tolist() == [0, 0, 1, 1, 1, 2, 2, 2, 2]
    assert (from_alpha(alpha, 1, 1) == to_classes(alpha)).all()


@given(arrays(np.uint8, (9, 12), elements=st.sampled_from([0, 90, 255])), st.integers(1, 7), st.integers(1, 7))
def test_what_is_known_is_true(alpha: np.ndarray, foreground: int, background: int) -> None:
    classes = from_alpha(alpha, foreground, background)
    assert (alpha[classes == 0] == 0).all()
    assert (alpha[classes == 2] == 255).all()
    assert (classes[(alpha > 0) & (alpha < 255)] == 1).all()


def test_ellipses_follow_the_pictures_size() -> None:
    drawn = [random_ellipses(rng(seed), 640) for seed in range(300)]
    assert min(min(pair) for pair in drawn) == 1
    assert max(max(pair) for pair in drawn) == 29
    assert any(first != second for first, second in drawn)
    assert scaled_ellipse(15, 1280) == 30
    assert scaled_ellipse(1, 64) == 1
