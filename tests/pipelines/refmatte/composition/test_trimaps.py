import numpy as np

from pipelines.refmatte.composition import trimap_of


def test_soft_and_hard_edges_are_unknown_to_both_sides_but_not_at_the_border():
    alpha = np.zeros((4, 128), np.uint8)
    alpha[:, :40] = 255
    alpha[:, 90] = 7
    # 15 / 640 of 128 are 3 pixels across: 1 to either side.
    expected = [255] * 39 + [128] * 2 + [0] * 48 + [128] * 3 + [0] * 36
    assert trimap_of(alpha).tolist() == [expected] * 4


def test_the_band_grows_with_the_image():
    alpha = np.zeros((4, 1280), np.uint8)
    alpha[:, :400] = 255
    # 30 pixels, made odd: 31, which is 15 to either side.
    assert (trimap_of(alpha)[2] == 128).sum() == 30
