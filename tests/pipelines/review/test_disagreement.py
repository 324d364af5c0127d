import numpy as np
import pytest

from pipelines.review.disagreement import disagreement


def test_it_is_the_mean_width_of_the_difference() -> None:
    a = np.array([[255, 0, 255], [51, 0, 0]], np.uint8)
    b = np.array([[0, 255, 255], [0, 0, 102]], np.uint8)
    assert disagreement(a, b, 16.0) == disagreement(b, a, 16.0) == pytest.approx((1 + 1 + 0.2 + 0.4) / 4)
    assert disagreement(a, a, 0.0) == 0


def test_mattes_of_two_sizes_are_no_pair() -> None:
    with pytest.raises(ValueError, match="3 x 2 px and 2 x 3 px"):
        disagreement(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8), 1.0)
