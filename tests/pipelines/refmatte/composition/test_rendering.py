import numpy as np

from pipelines.refmatte.composition import Layer
from pipelines.refmatte.composition.rendering import Piece, blended, scaled, scaled_alpha, visible_alphas
from tests.pipelines.refmatte.composition.shapes import disc


def grey(value, height=1, width=1):
    return np.full((height, width, 3), value, np.uint8)


def test_the_front_one_takes_its_alpha_and_those_behind_their_share_of_what_is_left():
    pieces = [Piece(1, 0, np.array([[100, 255]], np.uint8)), Piece(0, 0, np.array([[255, 51, 0]], np.uint8))]
    visible, left = visible_alphas(pieces, [1, 0], (1, 4))
    assert visible[1].tolist() == [[255, 51, 0]]
    # 204 of 255 are left of the second pixel: 204 * 100 / 255 = 80.
    assert visible[0].tolist() == [[80, 255]]
    assert left.tolist() == [[0, 124, 0, 255]]


def test_an_image_is_the_sum_of_shares():
    pieces = [Piece(0, 0, np.array([[102]], np.uint8)), Piece(0, 0, np.array([[51]], np.uint8))]
    visible, left = visible_alphas(pieces, [0, 1], (1, 1))
    image = blended(grey(200), left, pieces, visible, [grey(10), grey(100)])
    # Shares 102, 153 * 51 / 255 = 31 and 122: (102 * 10 + 31 * 100 + 122 * 200) / 255 = 111.84.
    assert image.tolist() == [[[112, 112, 112]]]


def test_shares_and_the_background_add_up_everywhere():
    rng = np.random.default_rng(0)
    pieces = [Piece(x, y, rng.integers(0, 256, (20, 30), dtype=np.uint8)) for x, y in ((0, 5), (10, 0), (20, 20))]
    visible, left = visible_alphas(pieces, [2, 0, 1], (40, 50))
    total = left.astype(int)
    for piece, share in zip(pieces, visible, strict=True):
        total[piece.window] += share
    assert (total == 255).all()


def test_colours_of_invisible_pixels_do_not_come_in():
    colours = np.zeros((4, 8, 3), np.uint8)
    colours[:, :4] = (250, 120, 10)
    alpha = np.zeros((4, 8), np.uint8)
    alpha[:, :3] = 255
    alpha[:, 3] = 128
    small, small_alpha = scaled(Layer(colours, alpha, "object", "box"), (4, 2), False)
    assert small_alpha.tolist() == [[255, 192, 0, 0]] * 2
    assert small[0, :2].tolist() == [[250, 120, 10]] * 2


def test_a_flip_mirrors_both():
    alpha = np.array([[255, 255, 0, 0]], np.uint8)
    colours = np.array([[[9] * 3, [8] * 3, [0] * 3, [0] * 3]], np.uint8)
    small, small_alpha = scaled(Layer(colours, alpha, "object", "box"), (4, 1), True)
    assert small_alpha.tolist() == [[0, 0, 255, 255]]
    assert small[0, 2:].tolist() == [[8] * 3, [9] * 3]
    assert (scaled_alpha(alpha, (4, 1), True) == small_alpha).all()


def test_enlarging_keeps_a_flat_colour_and_values_in_range():
    layer = disc(20)
    large, alpha = scaled(layer, (30, 30), False)
    assert alpha.max() == 255
    assert (large[alpha > 0] == (200, 60, 40)).all()
