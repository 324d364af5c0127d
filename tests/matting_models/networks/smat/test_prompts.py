import numpy as np
import pytest

from matting_models.errors import InputError
from matting_models.networks.smat.prompts import Box, Marked, Points, Prompt
from matting_models.networks.smat.view import View

SAME = View((4, 6), (4, 6), 1)
HALF = View((8, 12), (4, 6), 1)


def test_a_box_is_filled_wherever_it_touches() -> None:
    expected = [[0, 0, 0, 0, 0, 0], [0, 1, 1, 1, 0, 0], [0, 1, 1, 1, 0, 0], [0, 0, 0, 0, 0, 0]]
    assert Box((1, 1, 3.5, 3)).mark(SAME).tolist() == expected
    assert Box((2, 3, 7, 6)).mark(HALF).tolist() == expected
    assert Box((-5, -5, 99, 99)).mark(SAME).all()  # cut at the border
    assert Box((11.999999999999998, 7, 99, 99)).mark(View((8, 12), (4, 5), 1)).sum() == 1  # never empty


def test_a_point_is_a_square_around_it() -> None:
    expected = [[1, 1, 0, 0, 0, 0], [1, 1, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1], [0, 0, 0, 1, 1, 1]]
    assert Points([(0, 0), (4, 2)]).mark(SAME).tolist() == expected
    assert Points([(1.9, 0), (8, 5)]).mark(HALF).tolist() == expected


def test_no_stroke_vanishes_when_the_photo_is_scaled_down() -> None:
    stroke = np.zeros((8, 12), np.uint8)
    stroke[3, 2:9] = 1
    assert Marked(stroke).mark(HALF).tolist() == [[0] * 6, [0, 1, 1, 1, 1, 0], [0] * 6, [0] * 6]
    assert (Marked(stroke[:4, :6] > 0).mark(SAME) == stroke[:4, :6]).all()


@pytest.mark.parametrize(
    ("prompt", "message"),
    [
        (Box((1, 1, 1, 3)), r"box \(1, 1, 1, 3\) is empty, expected x0 < x1 and y0 < y1"),
        (Box((7, 0, 9, 3)), r"box \(7, 0, 9, 3\) lies outside the image of 6 x 4 pixels"),
        (Box((1, 1, float("nan"), 3)), "expected four finite numbers"),
        (Points([(1, 1), (6, 2)]), r"point \(6, 2\) lies outside the image of 6 x 4 pixels"),
        (Points([(float("nan"), 1)]), r"point \(nan, 1\) lies outside"),
        (Points([]), "no points, expected at least one"),
        (Marked(np.zeros((4, 6), bool)), "the mark is empty, expected at least one pixel"),
        (Marked(np.ones((6, 4), np.uint8)), "the mark is 4x6, the photo 6x4; expected the same"),
    ],
)
def test_what_marks_nothing_is_never_the_salient_path(prompt: Prompt, message: str) -> None:
    with pytest.raises(InputError, match=message):
        prompt.mark(SAME)
