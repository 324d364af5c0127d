import numpy as np

from matting_models.data.coarse_masks import coarsen
from matting_models.networks.p3m.coarse import at_side, random_coarse


def disc() -> np.ndarray:
    rows, columns = np.mgrid[:80, :120]
    return (255 * np.clip((25 - np.hypot(rows - 40, columns - 60)) / 8 + 0.5, 0, 1)).astype(np.uint8)


def test_details_smaller_than_a_pixel_of_the_square_are_averaged() -> None:
    stripes = np.tile(np.array([0, 255], np.uint8), (4, 4))
    assert set(at_side(stripes, 2).ravel()) == {128}
    assert at_side(stripes, 4).shape == (4, 8)


def test_half_lost_their_details_alone_and_half_are_wrong_besides() -> None:
    """Only the latter are off where the disc's edge is far: a square's pixel is at most two of the photo's."""
    alpha, found = disc(), [random_coarse(disc(), np.random.default_rng(seed)) for seed in range(60)]
    assert all(each.shape == alpha.shape and each.dtype == np.uint8 and each[40, 60] == 255 for each in found)
    worst = [np.abs(each.astype(int) - alpha).max() for each in found]
    assert 18 <= sum(off < 40 for off in worst) <= 42
    assert max(worst) > 200


def test_what_no_mask_can_mark_keeps_its_alpha() -> None:
    thin = np.zeros((60, 60), np.uint8)
    thin[:, 30] = 100
    assert not coarsen(thin, np.random.default_rng(0)).any()
    assert all(random_coarse(thin, np.random.default_rng(seed)).any() for seed in range(10))
