import numpy as np

from pipelines.refmatte.composition import trimap_of


def test_soft_and_hard_edges_are_unknown_to_both_sides_but_not_at_the_border():
    alpha = np.zeros((4, 128), np.uint8)
    alpha[:, :40] = 255
    alpha[:, 90] = 7
    # The least ellipse is 3 pixels across: 1 to either side.
    expected = [255] * 39 + [128] * 2 + [0] * 48 + [128] * 3 + [0] * 36
    assert trimap_of(alpha).tolist() == [expected] * 4


def test_the_band_grows_with_the_entity():
    alpha = np.zeros((160, 320), np.uint8)
    alpha[:, :160] = 255
    # 160 / 32 = 5 pixels across: 2 to either side.
    assert (trimap_of(alpha)[80] == 128).sum() == 4
