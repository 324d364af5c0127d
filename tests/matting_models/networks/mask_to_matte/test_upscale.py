import numpy as np
import pytest

from matting_models.networks.mask_to_matte.upscale import upscaled


def test_a_flat_alpha_stays_flat() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)
    for value in (0.0, 0.25, 1.0):
        alpha = np.full((10, 15), value, np.float32)
        assert upscaled(alpha, image[::4, ::4], image) == pytest.approx(np.full((40, 60), value), abs=1e-6)


def test_the_edge_is_where_the_photo_has_it() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 30:] = 200  # between pixels 7 and 8 of the reduced size: the photo knows where, alpha does not
    reduced = image.reshape(16, 4, 16, 4, 3).mean((1, 3)).astype(np.uint8)
    alpha = np.zeros((16, 16), np.float32)
    alpha[:, 8:], alpha[:, 7] = 1, 0.5
    assert upscaled(alpha, reduced, image)[32, [24, 29, 30, 36]] == pytest.approx([0, 0, 1, 1], abs=0.05)


@pytest.mark.parametrize("strip", [1, 7, 1000])
def test_strips_leave_no_seam(strip: int) -> None:
    rng = np.random.default_rng(1)
    image = rng.integers(0, 255, (53, 41, 3)).astype(np.uint8)
    alpha = rng.random((14, 11)).astype(np.float32)
    reduced = rng.integers(0, 255, (14, 11, 3)).astype(np.uint8)
    whole = upscaled(alpha, reduced, image, strip=256)
    assert np.array_equal(upscaled(alpha, reduced, image, strip), whole)
    assert 0 <= whole.min() <= whole.max() <= 1
