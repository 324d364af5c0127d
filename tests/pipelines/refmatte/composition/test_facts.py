import numpy as np
import pytest

from pipelines.refmatte.composition.facts import facts_of, positions_of
from pipelines.refmatte.composition.measuring import Extent, Measured
from pipelines.refmatte.records import Fact


def scene(*boxes, covered=(), aspect=1.0):
    """Entities of (left, right, top, bottom) in shares; ``covered``: (front, back, share)."""
    x, y = (
        tuple(Extent(low, high, (low + high) / 2) for low, high in (box[k : k + 2] for box in boxes)) for k in (0, 2)
    )
    table = np.zeros((len(boxes), len(boxes)))
    for front, back, share in covered:
        table[front - 1, back - 1] = share
    return Measured(x, y, table, aspect)


def relations(facts, subject=1):
    return {(fact.relation, fact.other) for fact in facts if fact.subject == subject}


def test_side_by_side_holds_in_both_directions():
    plain, possible = facts_of(scene((0.1, 0.4, 0.3, 0.9), (0.6, 0.9, 0.3, 0.9)))
    assert plain == {Fact(1, "left", 2), Fact(2, "right", 1)}
    # Nothing says who is nearer, and both are at one height.
    assert relations(possible) == {(name, 2) for name in ("left", "top", "bottom", "front", "behind")}


@pytest.mark.parametrize(("left", "holds"), [(0.37, True), (0.35, False)])
def test_extents_may_have_an_eighth_in_common(left, holds):
    plain, _ = facts_of(scene((0.1, 0.4, 0.3, 0.9), (left, left + 0.3, 0.3, 0.9)))
    assert (Fact(1, "left", 2) in plain) is holds


def test_what_is_far_above_is_not_plainly_to_the_left():
    plain, possible = facts_of(scene((0.40, 0.45, 0.0, 0.3), (0.50, 0.55, 0.6, 0.9)))
    assert relations(plain) == {("top", 2)}
    assert ("left", 2) in relations(possible)


def test_steepness_is_in_pixels():
    # 0.2 across and 0.3 down are 400 and 300 pixels of 2000 x 1000, and 200 and 600 of 1000 x 2000.
    boxes = (0.40, 0.45, 0.3, 0.4), (0.60, 0.65, 0.6, 0.7)
    assert relations(facts_of(scene(*boxes, aspect=2.0))[0]) == {("left", 2), ("top", 2)}
    assert relations(facts_of(scene(*boxes, aspect=0.5))[0]) == {("top", 2)}


def test_one_inside_the_other_may_be_on_either_side_of_it():
    plain, possible = facts_of(scene((0.2, 0.8, 0.1, 0.9), (0.5, 0.7, 0.5, 0.7)))
    assert not plain
    assert {("left", 2), ("right", 2), ("top", 2), ("bottom", 2)} <= relations(possible)


def test_what_hides_another_is_in_front_and_never_behind():
    plain, possible = facts_of(scene((0.3, 0.6, 0.3, 0.9), (0.4, 0.7, 0.3, 0.9), covered=[(1, 2, 0.3)]))
    assert plain == {Fact(1, "front", 2), Fact(2, "behind", 1)}
    assert Fact(1, "behind", 2) not in possible and Fact(2, "front", 1) not in possible


def test_a_bare_touch_says_nothing():
    plain, possible = facts_of(scene((0.3, 0.6, 0.3, 0.9), (0.4, 0.7, 0.3, 0.9), covered=[(1, 2, 0.03)]))
    assert not plain
    assert {("front", 2), ("behind", 2)} <= relations(possible)


def test_the_first_of_a_chain_is_not_behind_the_last():
    boxes = (0.1, 0.4, 0.3, 0.9), (0.3, 0.6, 0.3, 0.9), (0.5, 0.8, 0.3, 0.9)
    measured = scene(*boxes, covered=[(1, 2, 0.3), (2, 3, 0.3)])
    plain, possible = facts_of(measured)
    assert Fact(1, "front", 3) not in plain
    assert Fact(1, "front", 3) in possible and Fact(1, "behind", 3) not in possible
    positions, possible_positions = positions_of(measured)
    assert {(1, "front"), (3, "behind")} <= positions
    assert {number for number, name in possible_positions if name in ("front", "behind")} == {1, 3}


def test_places_of_three_in_a_row():
    measured = scene((0.0, 0.25, 0.4, 0.8), (0.4, 0.6, 0.4, 0.8), (0.7, 1.0, 0.4, 0.8))
    positions, possible = positions_of(measured)
    assert positions == {(1, "left"), (2, "middle"), (3, "right")}
    assert {number for number, name in possible if name == "left"} == {1, 2}
    assert {number for number, name in possible if name == "middle"} == {2}


def test_of_two_on_the_left_neither_is_plainly_there():
    positions, possible = positions_of(scene((0.0, 0.3, 0.1, 0.4), (0.05, 0.35, 0.6, 0.9)))
    assert positions == {(1, "top"), (2, "bottom")}
    assert {(1, "left"), (2, "left")} <= possible


def test_what_is_near_the_middle_but_the_leftmost_may_be_on_the_left():
    positions, possible = positions_of(scene((0.55, 0.7, 0.4, 0.6), (0.75, 0.95, 0.4, 0.6)))
    assert (1, "left") not in positions and (1, "left") in possible


def test_what_is_beside_the_middle_may_be_in_it():
    positions, possible = positions_of(scene((0.535, 0.735, 0.4, 0.6), (0.0, 0.2, 0.4, 0.6)))
    assert (1, "middle") not in positions and (1, "middle") in possible


def test_what_is_plainly_at_the_bottom_is_not_plainly_in_the_middle():
    positions, possible = positions_of(scene((0.4, 0.6, 0.5, 0.9), (0.4, 0.6, 0.0, 0.1)))
    assert positions == {(1, "bottom"), (2, "top")}
    assert (1, "middle") in possible


def test_what_reaches_farther_right_than_another_is_not_plainly_the_leftmost():
    """Its centre is the farthest to the left, and its right end is not."""
    measured = scene((0.0, 0.5, 0.4, 0.6), (0.3, 0.48, 0.4, 0.6))
    positions, possible = positions_of(measured)
    assert (1, "left") not in positions and (1, "left") in possible
