import numpy as np
import pytest

from matting_models.networks.mask_to_matte.frame import to_frame


def ending(side: int, gap: int, width: int = 40) -> np.ndarray:
    """A block in the middle of a picture of 60 px that ends so many pixels from its upper side."""
    mask = np.zeros((side, side), np.uint8)
    left = (side - width) // 2
    mask[gap : side // 2, left : left + width] = 1
    return mask


@pytest.mark.parametrize("turns", range(4))
def test_a_narrow_gap_is_filled_on_every_side(turns: int) -> None:
    mask = np.rot90(ending(60, 2), turns)
    filled = to_frame(mask)
    np.testing.assert_array_equal(filled, np.rot90(ending(60, 0), turns))
    assert mask.sum() < filled.sum()


def test_a_wide_gap_stays() -> None:
    np.testing.assert_array_equal(to_frame(ending(60, 3)), ending(60, 3))


def test_a_gap_is_as_wide_as_the_object_is_large() -> None:
    for side, width, widest in ((800, 700, 8), (2000, 1000, 12)):
        assert to_frame(ending(side, widest, width)).sum() == ending(side, 0, width).sum()
        assert to_frame(ending(side, widest + 1, width)).sum() == ending(side, widest + 1, width).sum()


def test_the_mask_runs_along_the_frame_for_three_gaps() -> None:
    np.testing.assert_array_equal(to_frame(ending(60, 2, 8)), ending(60, 0, 8))
    np.testing.assert_array_equal(to_frame(ending(60, 2, 6)), ending(60, 2, 6))


def test_a_run_that_leaves_the_photo_at_a_corner_is_as_long_as_it_takes() -> None:
    mask = np.zeros((60, 60), np.uint8)
    mask[2:30, :4] = 1
    assert to_frame(mask)[:2, :4].all()


def test_a_tip_beside_the_frame_stays() -> None:
    mask = ending(60, 6)
    mask[1:6, 30:33] = 1
    np.testing.assert_array_equal(to_frame(mask), mask)


def test_a_corner_is_reached_from_both_sides() -> None:
    mask = np.zeros((60, 60), np.uint8)
    mask[2:40, 2:40] = 1
    filled = to_frame(mask)
    assert filled[0, 2:40].all() and filled[2:40, 0].all() and not filled[41:].any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3, 3)])
def test_tiny_pictures(shape: tuple[int, int]) -> None:
    assert to_frame(np.ones(shape, np.uint8)).all()
    assert not to_frame(np.zeros(shape, np.uint8)).any()
