import numpy as np
import pytest

from pipelines.refmatte.composition.measuring import measure, overlap
from pipelines.refmatte.composition.rendering import Piece, visible_alphas


def box(x, y, width, height, value=255):
    return Piece(x, y, np.full((height, width), value, np.uint8))


def measured(*pieces, shape=(100, 200)):
    order = list(range(len(pieces)))
    visible, _ = visible_alphas(pieces, order, shape)
    return measure(pieces, visible, order, shape)


def test_extents_are_of_what_is_seen():
    # The right half of the second is hidden.
    found = measured(box(100, 0, 100, 100), box(50, 20, 100, 50))
    assert (found.x[1].low, found.x[1].high, found.x[1].centre) == pytest.approx((0.25, 0.5, 0.375), abs=0.011)
    assert (found.y[1].low, found.y[1].high, found.y[1].centre) == pytest.approx((0.2, 0.7, 0.45), abs=0.011)
    assert found.aspect == 2


def test_a_thin_tail_is_no_extent():
    alpha = np.zeros((40, 100), np.uint8)
    alpha[:, :20] = 255
    alpha[20, 20:] = 20
    assert measured(Piece(0, 0, alpha)).x[0].high == pytest.approx(0.1, abs=0.01)


def test_covering_counts_on_the_smaller_one_and_only_from_the_front():
    found = measured(box(0, 0, 20, 20), box(10, 0, 100, 100))
    assert found.covered.tolist() == [[0, 0.5], [0, 0]]


def test_a_glass_covers_as_if_it_were_opaque():
    assert overlap(box(0, 0, 20, 20, 50), box(10, 0, 100, 100)) == pytest.approx(0.5)


def test_apart_nothing_is_covered():
    assert overlap(box(0, 0, 20, 20), box(20, 0, 10, 10)) == 0
