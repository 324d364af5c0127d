import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matting_models.data.fit import PAD_COLOUR, fit_size
from matting_models.errors import InputError
from matting_models.networks.semat.framing import scaled_size
from matting_models.networks.semat.preparation import prepare_box, prepare_image, restore_alpha


@pytest.mark.parametrize(
    ("size", "expected"), [((480, 640), (768, 1024)), ((640, 480), (1024, 768)), ((1, 5000), (1, 1024))]
)
def test_long_side_fits(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert fit_size(*size, 1024) == expected


def test_image_is_padded_at_the_bottom() -> None:
    square = prepare_image(np.full((2, 4, 3), 7, np.uint8), 8, "paper")
    assert (square[:4] == 7).all()
    assert (square[4:] == PAD_COLOUR).all()


def test_box_is_scaled_and_cut_at_the_border() -> None:
    assert prepare_box((-5, 10, 50, 1000), 100, 200, 64, "paper").tolist() == [0, pytest.approx(3.2), 16, 32]


def test_released_pads_with_black_and_never_averages() -> None:
    lines = np.zeros((4, 8, 3), np.uint8)
    lines[:, 1::4] = 240  # of eight columns the four between 0 and 1, 2 and 3, ... are taken
    square = prepare_image(lines, 4, "released")
    assert (square[:2] == np.array([120, 0, 120, 0])[:, None]).all()
    assert (square[2:] == 0).all()


def test_released_boxes_are_the_first_and_the_last_pixel() -> None:
    # 10, 20 to 29, 39 inclusive, times 64 / 200: 3.2, 6.4, 9.28, 12.48, rounded.
    assert prepare_box((10, 20, 30, 40), 100, 200, 64, "released").tolist() == [3, 6, 9, 12]
    assert prepare_box((-5, 10.5, 50.2, 1000), 100, 200, 64, "released").tolist() == [0, 3, 16, 32]


def test_released_sizes_round_halves_up() -> None:
    assert scaled_size(1025, 2048, 1024, "released") == (513, 1024)
    assert scaled_size(1025, 2048, 1024, "paper") == (512, 1024)


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    corners=st.tuples(*[st.floats(0, 1, allow_subnormal=False)] * 4),
)
def test_boxes_stay_in_the_picture(height: int, width: int, corners: tuple[float, ...]) -> None:
    x0, x1 = sorted((corners[0] * width, corners[1] * width))
    y0, y1 = sorted((corners[2] * height, corners[3] * height))
    x1, y1 = x1 + 1, y1 + 1
    if x0 >= width or y0 >= height:
        return
    box = prepare_box((x0, y0, x1, y1), height, width, 64, "paper")
    fit_height, fit_width = fit_size(height, width, 64)
    assert box[0] >= 0 and box[2] <= fit_width + 1e-3 and box[2] - box[0] > 0.999
    assert box[1] >= 0 and box[3] <= fit_height + 1e-3 and box[3] - box[1] > 0.999


@given(height=st.integers(1, 200), width=st.integers(1, 200), side=st.sampled_from([32, 64]))
def test_alpha_returns_to_the_photos_size(height: int, width: int, side: int) -> None:
    fit_height, fit_width = fit_size(height, width, side)
    alpha = np.zeros((side, side), np.float32)
    alpha[:fit_height, :fit_width] = 1
    restored = restore_alpha(alpha, height, width, "paper")
    assert restored.shape == (height, width)
    assert restored.min() == pytest.approx(1)  # no padding leaks in


@pytest.mark.parametrize(
    ("box", "message"),
    [
        ((0, 0, 5), "box is (0, 0, 5), expected four finite numbers x0, y0, x1, y1"),
        ((0, 0, float("nan"), 5), "box is (0, 0, nan, 5), expected four finite numbers x0, y0, x1, y1"),
        ((5, 5, 5, 9), "box (5, 5, 5, 9) is empty, expected x0 < x1 and y0 < y1"),
        ((9, 5, 5, 9), "box (9, 5, 5, 9) is empty, expected x0 < x1 and y0 < y1"),
        ((30, 0, 40, 9), "box (30, 0, 40, 9) lies outside the image of 30 x 20 pixels"),
        ((-9, 0, -1, 9), "box (-9, 0, -1, 9) lies outside the image of 30 x 20 pixels"),
    ],
)
def test_bad_boxes(box: tuple[float, ...], message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        prepare_box(box, 20, 30, 64, "paper")


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((4, 4), np.uint8), "image has shape (4, 4), expected (height, width, 3)"),
        (np.zeros((0, 4, 3), np.uint8), "image has shape (0, 4, 3), expected (height, width, 3)"),
        (np.zeros((4, 4, 3), np.float64), "image has dtype float64, expected uint8"),
    ],
)
def test_bad_images(image: np.ndarray, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        prepare_image(image, 64, "paper")
