from itertools import pairwise

import numpy as np
import pytest
from pydantic import ValidationError

from pipelines.refmatte.composition import CompositionFailed, CompositionSettings, compose
from pipelines.refmatte.records import Fact
from tests.pipelines.refmatte.composition.shapes import disc, portrait

SMALL = CompositionSettings(side=160, min_background=90)
PLAIN = SMALL.model_copy(update={"harmonise": 0.0})
GROUND = np.full((120, 180, 3), 90, np.uint8)
OPPOSITE = {"left": "right", "right": "left", "top": "bottom", "bottom": "top", "front": "behind", "behind": "front"}
WANTED = {"horizontal": "left", "vertical": "top", "depth": "front"}
CASES = [
    (kind, layers, seed)
    for kind in WANTED
    for layers in ([disc(), portrait()], [disc(90, (0, 200, 0)), disc(colour=(0, 0, 250)), portrait()])
    for seed in range(3)
]


def composed(kind, layers, seed, settings=PLAIN):
    return compose(layers, GROUND, kind, settings, np.random.default_rng(seed))


@pytest.mark.parametrize(("kind", "layers", "seed"), CASES)
def test_what_was_wanted_is_true_of_neighbours(kind, layers, seed):
    found = composed(kind, layers, seed)
    pairs = {(fact.subject, fact.other) for fact in found.facts if fact.relation == WANTED[kind]}
    numbers = range(1, len(layers) + 1)
    chains = [[a, b] for a, b in pairs] if len(layers) == 2 else [[a, b, c] for a, b in pairs for c in numbers]
    assert any(all(pair in pairs for pair in pairwise(chain)) for chain in chains)


@pytest.mark.parametrize(("kind", "layers", "seed"), CASES[::2])
def test_an_image_is_its_visible_alphas_times_colours_and_the_rest_of_the_background(kind, layers, seed):
    found = composed(kind, layers, seed)
    shares = np.stack(found.alphas).astype(float)
    assert shares.sum(0).max() <= 255
    expected = np.repeat((255 - shares.sum(0))[..., None] * 90, 3, axis=2)
    for share, layer in zip(shares, layers, strict=True):
        expected += share[..., None] * layer.colours[0, 0]
    assert np.abs(found.image - expected / 255).max() <= 0.5


@pytest.mark.parametrize(("kind", "layers", "seed"), CASES[1::2])
def test_facts_go_both_ways_and_what_holds_may_hold(kind, layers, seed):
    found = composed(kind, layers, seed)
    for facts in (found.facts, found.possible_facts):
        assert {Fact(f.other, OPPOSITE[f.relation], f.subject) for f in facts} == facts
    assert found.facts <= found.possible_facts
    assert found.positions <= found.possible_positions
    assert not {Fact(f.subject, OPPOSITE[f.relation], f.other) for f in found.facts} & found.possible_facts


@pytest.mark.parametrize(("kind", "layers", "seed"), CASES)
def test_what_ends_by_itself_ends_inside_and_what_is_cut_at_the_border(kind, layers, seed):
    *whole, portrait_ = composed(kind, layers, seed).alphas
    for alpha in whole:
        border = np.concatenate([alpha[0], alpha[-1], alpha[:, 0], alpha[:, -1]])
        # An ellipse fades out within its outermost pixels.
        assert border.max() < 160
    assert (portrait_[-1] == 255).sum() >= 0.5 * (portrait_ > 127).sum(1).max()


def test_the_same_seed_gives_the_same_image_and_another_another():
    layers = [disc(), portrait()]
    one, same, other = (composed("depth", layers, seed, SMALL).image for seed in (1, 1, 2))
    assert (one == same).all() and not (one == other).all()


def test_sizes_follow_the_categories():
    glass, horse = disc(category="wine glass", group="object"), disc(category="horse")
    small, large = (int((alpha > 127).sum()) for alpha in composed("horizontal", [glass, horse], 0).alphas)
    assert 5 < large / small < 40


def test_half_a_person_is_smaller_than_a_whole_one():
    steady = PLAIN.model_copy(update={"size_jitter": 0.0})
    whole = disc(category="human", group="human")
    half, full = composed("horizontal", [portrait(120, 120), whole], 1, steady).alphas
    heights = [int((alpha > 0).any(axis=1).sum()) for alpha in (half, full)]
    assert heights[0] / heights[1] == pytest.approx(PLAIN.cut_size**0.5, abs=0.04)


def test_colours_are_harmonised_and_alphas_are_not():
    layers = [disc(), portrait()]
    plain, harmonised = (composed("horizontal", layers, 1, settings) for settings in (PLAIN, SMALL))
    assert all((one == other).all() for one, other in zip(plain.alphas, harmonised.alphas, strict=True))
    assert (plain.image[plain.alphas[0] == 255] != harmonised.image[plain.alphas[0] == 255]).any()


def test_the_size_is_the_backgrounds_up_to_the_side():
    layers = [disc(), disc()]
    for height, width, expected in ((100, 150, (100, 150)), (300, 320, (150, 160)), (100, 900, (80, 160))):
        ground = np.zeros((height, width, 3), np.uint8)
        found = compose(layers, ground, "horizontal", PLAIN, np.random.default_rng(0))
        assert found.image.shape[:2] == found.alphas[0].shape == expected


def test_entities_above_each_other_have_no_wide_image():
    found = composed("vertical", [disc(), disc()], 0)
    assert found.image.shape[:2] == (120, 120)


def failure(layers, kind="horizontal", settings=PLAIN, ground=GROUND, seed=0):
    with pytest.raises(CompositionFailed) as failed:
        compose(layers, ground, kind, settings, np.random.default_rng(seed))
    return failed.value


def test_a_background_too_small():
    found = failure([disc(), disc()], ground=np.zeros((89, 200, 3), np.uint8))
    assert found.reason == "background_too_small"
    assert found.detail == "the background is 200 x 89 pixels, expected a shorter side of at least 90"


def test_portraits_are_not_stacked():
    assert failure([portrait(), portrait()], "vertical").reason == "cut"


def test_pixels_too_few_to_be_seen():
    found = failure([disc(), disc(4)])
    assert found.reason == "too_small"
    assert "entity 2 covers 0." in found.detail and "expected at least 0.40%" in found.detail


def test_too_much_hidden_wherever_it_goes():
    hidden = PLAIN.model_copy(update={"depth_overlap": (0.9, 0.95), "least_visible": 0.9})
    found = failure([disc(), disc()], "depth", hidden)
    assert found.reason == "occluded"
    assert "is visible, expected at least 90% of it and 0.40% of the image" in found.detail


def test_an_overlap_too_small_to_be_seen_is_no_depth():
    barely = PLAIN.model_copy(update={"depth_overlap": (0.01, 0.02), "attempts": 1})
    found = failure([disc(), disc()], "depth", barely, seed=4)
    assert found.reason == "unrelated"
    assert found.detail.endswith("are not plainly depth")


def test_overlaps_in_the_wrong_order():
    with pytest.raises(ValidationError, match="depth_overlap is 0.5 to 0.2, expected 0 < least <= most < 1"):
        CompositionSettings(depth_overlap=(0.5, 0.2))
