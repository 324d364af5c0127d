import numpy as np
import pytest

from matting_models.networks.mask_to_matte.features import (
    CHANNELS,
    coarse_closed_form,
    colour_evidence,
    network_input,
)

RATIO, SHARE, CONTRAST = 0, 1, 2


def halves(left: tuple[int, int, int], right: tuple[int, int, int], side: int = 48) -> np.ndarray:
    image = np.empty((side, side, 3), np.uint8)
    image[:, : side // 2], image[:, side // 2 :] = left, right
    return image


def left_half(side: int = 48) -> np.ndarray:
    mask = np.zeros((side, side), np.uint8)
    mask[:, : side // 2] = 1
    return mask


def test_planes_of_two_flat_colours() -> None:
    planes = network_input(halves((255, 0, 0), (0, 0, 255)), left_half())
    assert planes.shape == (CHANNELS, 48, 48)
    assert planes.dtype == np.float32
    # (255 - 127) / 128 and (0 - 127) / 128
    assert planes[:3, 0, 0] == pytest.approx([1.0, -0.9921875, -0.9921875], abs=1e-6)
    assert planes[3, 0, [0, 23, 24]].tolist() == [1, 1, 0]
    # area 48 * 24 = 1152; the unit is sqrt(1152) / 20 = 1.697 px, its logarithm to base 2 over 4 is 0.1908
    assert planes[5, 7, 7] == pytest.approx(0.1908, abs=1e-4)
    # the distance is half a unit inside and beyond three units capped
    assert planes[4, 20, 23] == pytest.approx(1 / 1.697 / 3, rel=0.05)
    assert planes[4, 20, 0] == 1
    assert planes[4, 20, 47] == -1
    for level in (6, 9):
        assert (planes[level + RATIO, :, :20] > 0.9).all()
        assert (planes[level + RATIO, :, 28:] < -0.9).all()
        assert planes[level + SHARE, 24, [2, 45]] == pytest.approx([1, 0], abs=0.02)
        assert (planes[level + CONTRAST] > 0.9).all()


def test_a_mixture_of_both_colours_has_its_share() -> None:
    image = halves((200, 40, 40), (40, 40, 200))
    image[20:28, 22:26] = (120, 40, 120)  # half and half, at the outline
    planes = network_input(image, left_half())
    assert planes[6 + SHARE, 24, 24] == pytest.approx(0.5, abs=0.05)


def test_like_colours_have_no_contrast() -> None:
    rng = np.random.default_rng(0)
    image = rng.integers(90, 110, (48, 48, 3)).astype(np.uint8)
    planes = network_input(image, left_half())
    assert planes[9 + CONTRAST].max() < 0.3


@pytest.mark.parametrize("colour", [0, 255])
def test_a_photo_of_one_colour_gives_finite_evidence(colour: int) -> None:
    image = np.full((40, 30, 3), colour, np.uint8)
    mask = np.zeros((40, 30), np.uint8)
    mask[5:20, 5:20] = 1
    assert np.isfinite(network_input(image, mask)).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (2, 2)])
@pytest.mark.parametrize("full", [False, True])
def test_tiny_and_full_masks_give_finite_evidence(shape: tuple[int, int], full: bool) -> None:
    image = np.arange(shape[0] * shape[1] * 3, dtype=np.uint8).reshape(*shape, 3)
    mask = np.full(shape, int(full), np.uint8)
    mask[0, 0] = 1
    planes = network_input(image, mask)
    assert planes.shape == (CHANNELS, *shape)
    assert np.isfinite(planes).all()


def test_evidence_is_of_colours_nearby() -> None:
    # Upper half: red on blue; lower half: blue on red. Only a local model can tell both.
    image = np.concatenate(
        [halves((220, 30, 30), (30, 30, 220), 120)[:60], halves((30, 30, 220), (220, 30, 30), 120)[:60]]
    )
    mask = left_half(120)
    distance = np.where(mask, 5, -5).astype(np.float32)
    colours = np.ascontiguousarray(image.transpose(2, 0, 1)).astype(np.float32) / 255
    near = colour_evidence(colours, distance, unit=5.0)[SHARE]
    assert near[[10, 110], [58, 58]] == pytest.approx([1, 1], abs=0.1)
    assert near[[10, 110], [62, 62]] == pytest.approx([0, 0], abs=0.1)


def test_the_closed_form_moves_a_shifted_outline_to_the_edge() -> None:
    image = halves((230, 230, 230), (20, 20, 20), 120)
    shifted = np.zeros((120, 120), np.uint8)
    shifted[:, :58] = 1  # two pixels short
    alpha = coarse_closed_form(image, shifted)
    assert alpha[60, [50, 59, 60, 70]] == pytest.approx([1, 1, 0, 0], abs=0.05)


def test_the_closed_form_gives_the_mask_where_nothing_is_known() -> None:
    mask = np.zeros((6, 6), np.uint8)
    mask[2, 2] = 1
    image = np.zeros((6, 6, 3), np.uint8)
    assert (coarse_closed_form(image, mask) == mask).all()
    assert (coarse_closed_form(image, np.ones((6, 6), np.uint8)) == 1).all()
