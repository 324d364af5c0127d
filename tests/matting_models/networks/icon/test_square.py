import numpy as np

from matting_models.networks.icon.square import square_of

from .conftest import disc


def test_a_picture_is_neither_cut_nor_stretched() -> None:
    photo, alpha = disc(60, 120, x=20, y=30)
    square = square_of(photo, 240)
    assert square.place == (slice(60, 180), slice(0, 240))
    placed = square.put(alpha, 0)
    rows, columns = np.nonzero(placed > 127)
    assert (np.ptp(rows) + 1, np.ptp(columns) + 1) == (96, 89)  # 48 x 44.5: the left is cut by the border
    assert not placed[:60].any()
    assert (square.put(photo, 127)[180:] == 127).all()
    back = square.take(placed.astype(np.float32) / 255)
    assert back.shape == (60, 120)
    assert np.abs(back - alpha / 255).max() < 0.3
    assert np.abs(back - alpha / 255).mean() < 0.005


def test_a_line_of_pixels_keeps_one() -> None:
    assert square_of(np.zeros((1, 4000), np.uint8), 64).place == (slice(31, 32), slice(0, 64))


def test_what_a_small_picture_has_no_pixels_for_is_averaged() -> None:
    fine = np.zeros((64, 64), np.float32)
    fine[:, ::4] = 1
    np.testing.assert_allclose(square_of(np.zeros((16, 16), np.uint8), 64).take(fine), 0.25)
