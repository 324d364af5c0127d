import numpy as np
import pytest

from pipelines.refmatte.composition import CompositionSettings
from pipelines.refmatte.composition.placing import Place, Subject, draw_places

SIZE = (400, 300)
STEADY = CompositionSettings(size_jitter=0.0)
SEEDS = range(8)


def subject(*cuts, size=(900, 900), unit=1 / 9):
    return Subject(np.full((32, 32), 255, np.uint8), size, frozenset(cuts), unit)


def draw(arrangement, *subjects, seed=0, settings=STEADY):
    return draw_places(subjects, SIZE, arrangement, settings, np.random.default_rng(seed))


def bottom(place):
    return place.y + place.height


@pytest.mark.parametrize("seed", SEEDS)
def test_what_stands_side_by_side_has_its_feet_on_the_floor(seed):
    placed = draw("horizontal", subject(), subject(), seed=seed)
    assert all(STEADY.feet - 0.02 <= bottom(place) / 300 <= 0.99 for place in placed.places)


@pytest.mark.parametrize("seed", SEEDS)
def test_of_two_cut_at_one_side_one_is_mirrored_to_the_other_end(seed):
    placed = draw("horizontal", subject("left"), subject(), subject("left"), seed=seed)
    first, last = (placed.places[placed.chain[end]] for end in (0, -1))
    assert placed.chain[1] == 1 and (first.flip, last.flip) == (False, True)
    assert (first.x, last.x + last.width) == (0, pytest.approx(400))


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_cut_at_the_top_is_above_all_and_at_the_bottom_below(seed):
    placed = draw("vertical", subject("bottom"), subject(), subject("top"), seed=seed)
    assert placed.chain == [2, 1, 0]
    assert placed.places[2].y == 0 and bottom(placed.places[0]) == pytest.approx(300)


@pytest.mark.parametrize("seed", SEEDS)
def test_in_depth_the_nearer_one_is_lower_and_larger(seed):
    placed = draw("depth", subject(), subject(), subject(), seed=seed)
    assert placed.order == placed.chain
    front, middle, back = (placed.places[index] for index in placed.chain)
    assert bottom(front) > bottom(middle) > bottom(back)
    assert [middle.width / front.width, back.width / middle.width] == pytest.approx([STEADY.perspective] * 2)


def test_what_is_cut_at_the_bottom_is_in_front():
    assert all(draw("depth", subject(), subject("bottom"), seed=seed).chain == [1, 0] for seed in SEEDS)


def test_farther_up_is_smaller():
    placed = draw("vertical", subject(), subject())
    upper, lower = (placed.places[index] for index in placed.chain)
    assert upper.width / lower.width == pytest.approx(STEADY.perspective)


def test_few_pixels_are_not_enlarged_beyond_the_bound():
    placed = draw("horizontal", subject(size=(20, 20), unit=5.0), subject())
    assert placed.places[0].width == 20 * STEADY.max_enlarged


def test_there_is_room_above_and_below_what_is_whole_and_above_what_is_cut_at_the_bottom():
    settings = STEADY.model_copy(update={"headroom": 0.2, "least_fill": 1.0})
    place = draw("depth", subject(size=(30, 900)), subject(size=(30, 900)), settings=settings).places[0]
    assert place.height <= 0.6 * 300 + 1e-6
    placed = draw("depth", *[subject("bottom", size=(30, 900))] * 2, settings=settings)
    assert 0.6 * 300 < placed.places[placed.chain[0]].height <= 0.8 * 300 + 1e-6


def test_what_is_cut_at_the_top_and_bottom_spans_the_image():
    placed = draw("horizontal", subject("top", "bottom"), subject())
    assert (placed.places[0].y, placed.places[0].height) == (0, 300)


def test_whole_pixels_stay_in_the_image_and_are_at_least_one():
    assert Place(-0.4, 99.6, 50.2, 100.7, False).box(1, (200, 50)) == (0, 100, 50, 100)
    assert Place(50, 10, 0.2, 0.2, False).box(1, (200, 50)) == (49, 10, 1, 1)


@pytest.mark.parametrize("arrangement", ["horizontal", "vertical"])
def test_in_front_is_what_has_lower_feet(arrangement):
    placed = draw(arrangement, subject(), subject(size=(900, 700)), subject("bottom"))
    feet = [bottom(placed.places[index]) for index in placed.order]
    assert feet == sorted(feet, reverse=True) and placed.order[0] == 2
