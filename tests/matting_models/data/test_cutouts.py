import numpy as np

from matting_models.data.cutouts import Cutout, Spread, cutout_of, place
from tests.matting_models.data.conftest import disc, rng

STILL = Spread((1.0, 1.0), 0, 0)


def test_over_is_the_compositing_equation() -> None:
    cutout = cutout_of(np.full((1, 1, 3), 200, np.uint8), np.array([[51]], np.uint8))
    np.testing.assert_allclose(cutout.over(np.full((1, 1, 3), 100, np.float32)), 120, atol=1e-4)


def test_placed_without_spread_it_is_itself_or_its_mirror() -> None:
    alpha = disc()
    cutout = cutout_of(np.full((*alpha.shape, 3), 90, np.uint8), alpha)
    seen = set()
    for seed in range(8):
        placed = place(cutout, (60, 90), STILL, rng(seed)).alpha
        mirrored = bool(np.allclose(placed, cutout.alpha[:, ::-1], atol=0.01))
        assert mirrored or np.allclose(placed, cutout.alpha, atol=0.01)
        seen.add(mirrored)
    assert seen == {True, False}


def test_straight_colours_survive_placing_at_soft_edges() -> None:
    alpha = disc()
    placed = place(
        cutout_of(np.full((*alpha.shape, 3), 90, np.uint8), alpha), (40, 70), Spread((0.4, 1.1), 20, 0.1), rng(5)
    )
    soft = placed.alpha > 0.02
    np.testing.assert_allclose(placed.colour[soft] / placed.alpha[soft][:, None], 90, rtol=0.01)


def test_cut_by_the_frame() -> None:
    alpha = np.zeros((4, 5), np.float32)
    alpha[3, 2] = 0.9
    assert not Cutout(np.zeros((4, 5, 3), np.float32), alpha).is_cut()
    alpha[3, 2] = 1
    assert Cutout(np.zeros((4, 5, 3), np.float32), alpha).is_cut()
