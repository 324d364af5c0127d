import numpy as np
import pytest

from pipelines.refmatte.composition import CompositionFailed
from pipelines.refmatte.composition.cuts import check_cuts, cut_sides, mirrored
from tests.pipelines.refmatte.composition.shapes import disc, portrait

BOTTOM, LEFT, RIGHT = frozenset({"bottom"}), frozenset({"left"}), frozenset({"right"})


def test_what_ends_by_itself_has_no_cuts_and_a_portrait_one():
    assert cut_sides(disc().alpha) == frozenset()
    assert cut_sides(portrait().alpha) == BOTTOM
    assert cut_sides(portrait().alpha.T.copy()) == RIGHT


def test_a_round_end_without_soft_pixels_is_no_cut():
    assert cut_sides(np.where(disc().alpha > 127, 255, 0).astype(np.uint8)[2:-2, 2:-2]) == frozenset()


def test_a_thin_one_is_cut_too():
    veil = (portrait().alpha * 0.3).astype(np.uint8)
    assert cut_sides(veil) == BOTTOM


def test_mirroring_swaps_sides():
    assert mirrored(LEFT | BOTTOM) == RIGHT | BOTTOM


@pytest.mark.parametrize(
    ("cuts", "arrangement", "message"),
    [
        ([BOTTOM, BOTTOM], "vertical", "2 entities are cut off at the bottom, expected at most one above or below"),
        ([LEFT | RIGHT, BOTTOM], "horizontal", "an entity is cut off at the left and right, expected one side at most"),
        ([BOTTOM | {"top"}, LEFT], "vertical", "an entity is cut off at the top and bottom, expected one end at most"),
        ([LEFT, LEFT, RIGHT], "horizontal", "3 entities are cut off at a side, expected at most two"),
        ([BOTTOM, LEFT | RIGHT | BOTTOM | {"top"}], "depth", "entity 2 is cut off at all sides"),
    ],
)
def test_cuts_that_no_placement_hides(cuts, arrangement, message):
    with pytest.raises(CompositionFailed, match=message) as failed:
        check_cuts(cuts, arrangement)
    assert failed.value.reason == "cut"


def test_cuts_that_placements_hide():
    check_cuts([BOTTOM, BOTTOM, BOTTOM], "horizontal")
    check_cuts([LEFT, LEFT], "horizontal")
    check_cuts([BOTTOM, frozenset({"top"})], "vertical")
    check_cuts([BOTTOM, LEFT | RIGHT], "depth")
