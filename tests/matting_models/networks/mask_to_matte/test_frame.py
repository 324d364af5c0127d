import numpy as np
import pytest

from matting_models.networks.mask_to_matte.frame import MOST, to_frame


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
    np.testing.assert_array_equal(to_frame(ending(60, 4)), ending(60, 4))


def test_a_gap_is_as_wide_as_the_object_is_large() -> None:
    assert to_frame(ending(800, 8, 700)).sum() == ending(800, 0, 700).sum()
    assert to_frame(ending(4000, MOST + 2, 3600)).sum() == ending(4000, MOST + 2, 3600).sum()


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
