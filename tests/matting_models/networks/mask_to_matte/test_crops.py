import numpy as np

from matting_models.networks.mask_to_matte.crops import crop_around


def box_mask(height: int, width: int, box: tuple[int, int, int, int]) -> np.ndarray:
    mask = np.zeros((height, width), np.uint8)
    y0, y1, x0, x1 = box
    mask[y0:y1, x0:x1] = 1
    return mask


def test_context_is_a_quarter_of_the_longer_side() -> None:
    assert crop_around(box_mask(400, 500, (150, 250, 200, 280))) == (slice(125, 275), slice(175, 305))


def test_context_is_at_least_sixteen_pixels_and_ends_at_the_border() -> None:
    assert crop_around(box_mask(60, 60, (2, 12, 30, 40))) == (slice(0, 28), slice(14, 56))


def test_a_factor_widens_the_context() -> None:
    assert crop_around(box_mask(400, 500, (150, 250, 200, 280)), 2.0) == (slice(100, 300), slice(150, 330))
