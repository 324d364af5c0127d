import numpy as np
import pytest

from matting_models.networks.mask_to_matte.features import network_input
from matting_models.networks.mask_to_matte.view import enlarged, shrunk, shrunk_mask, viewed


@pytest.mark.parametrize(
    ("size", "side", "wanted"),
    [((40, 80), 80, (40, 80)), ((40, 80), 20, (10, 20)), ((1, 90), 30, (1, 30)), ((90, 31), 45, (45, 16))],
)
def test_the_longer_side_is_the_limit(size: tuple[int, int], side: int, wanted: tuple[int, int]) -> None:
    assert shrunk(np.zeros((*size, 3), np.uint8), side).shape == (*wanted, 3)
    assert shrunk_mask(np.ones(size, np.uint8), side).shape == wanted


def test_pixels_are_averaged() -> None:
    assert shrunk(np.array([[0, 100, 10, 30], [100, 200, 50, 70]], np.uint8), 2).tolist() == [[100, 40]]


def test_a_mask_is_what_covers_more_than_half() -> None:
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]], np.uint8)
    assert shrunk_mask(mask, 2).tolist() == [[1, 0]]


def test_a_thin_mask_does_not_vanish() -> None:
    mask = np.zeros((8, 8), np.uint8)
    mask[:, 5] = 1
    assert shrunk_mask(mask, 2).tolist() == [[0, 1], [0, 1]]


def test_sides_become_multiples_of_the_stride_by_repeated_edges() -> None:
    photo = np.random.default_rng(0).integers(0, 256, (33, 40, 3), np.uint8)
    mask = np.zeros((33, 40), np.uint8)
    mask[8:24, 10:30] = 1
    planes = viewed(photo, mask)
    assert planes.shape[1:] == (64, 64)
    assert np.array_equal(planes[:, :33, :40], network_input(photo, mask))
    assert (planes[:, 33:] == planes[:, 32:33]).all() and (planes[:, :, 40:] == planes[:, :, 39:40]).all()


def test_enlarged_masks_keep_their_place() -> None:
    mask = np.array([[0, 1, 0], [0, 0, 0]], np.uint8)
    photo = np.full((2, 3, 3), 7, np.uint8)
    large, inside = enlarged(photo, mask, 3)
    assert large.shape == (6, 9, 3) and (large == 7).all()
    columns = np.nonzero(inside)[1]
    assert (columns.min() + columns.max()) / 2 == 4 and inside[1, 4] == 1 and not inside[4:].any()
