import numpy as np

from matting_models.evaluation.error_map import OUTSIDE, error_map


def test_red_is_too_opaque_and_blue_too_transparent() -> None:
    picture = error_map(np.array([[1.0, 0.0, 0.3, 0.25]]), np.array([[0.0, 1.0, 0.3, 0.0]]))
    assert picture[0, 0].tolist() == [255, 42, 0]
    assert picture[0, 1].tolist() == [0, 127, 255]
    assert picture[0, 2].tolist() == [0, 0, 0]
    assert picture[0, 3, 0] == 128  # the root of 0.25


def test_what_does_not_count_is_grey() -> None:
    picture = error_map(np.ones((1, 2)), np.zeros((1, 2)), np.array([[True, False]]))
    assert picture[0, 1].tolist() == [OUTSIDE] * 3
