from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.refmatte.language.checker import referents
from pipelines.refmatte.language.expressions import write_expressions
from pipelines.refmatte.records import Described, Fact
from tests.pipelines.refmatte.language.scenes import animal, human, scene, thing

AXES = (("left", "right"), ("top", "bottom"), ("front", "behind"))
COLOURS = ("black", "darkslategray", "orange", "darkorange", "white", "navy", "lightgray", "honeydew")
CATEGORIES = (
    *(("animal", name) for name in ("cat", "dog", "zebra")),
    *(("object", name) for name in ("hourglass", "leaves", "smoke", "smog", "sunglasses", "teddy bear", "umbrella")),
    *(("object", name) for name in ("wine glass", "glass", "orange", "gilded snark", "couch")),
)
colours = st.sampled_from(COLOURS)
known_of_humans = st.fixed_dictionaries(
    {"transparent": st.just("non-transparent"), "salient": st.just("salient"), "colour": colours},
    optional={
        "gender": st.sampled_from(["female", "male"]),
        "age": st.sampled_from(["child", "youth", "adult", "senior"]),
        "clothes": st.sampled_from(["black knit", "orange dress", "jeans", "lace", "silver cape"]),
    },
)
humans = st.builds(lambda known: human(0, **known), known_of_humans)
others = st.builds(lambda kind, colour: thing(0, kind[1], colour, kind[0]), st.sampled_from(CATEGORIES), colours)


@st.composite
def scenes(draw):
    """Two or three in a row along an axis, of which some of the facts are less than plain."""
    entities = draw(st.lists(humans | others, min_size=2, max_size=3))
    entities = [Described(n, one.group, one.category, one.attributes) for n, one in enumerate(entities, 1)]
    first, last = draw(st.sampled_from(AXES))
    pairs = list(combinations(draw(st.permutations(range(1, len(entities) + 1))), 2))
    plain = [draw(st.booleans()) for _ in pairs]
    ends = [(pairs[0][0], first), (pairs[-1][1], last)]
    return scene(
        *entities,
        facts=tuple((a, first, b) for (a, b), plainly in zip(pairs, plain, strict=True) if plainly),
        maybe=tuple((a, draw(st.sampled_from((first, last))), b) for a, b in pairs),
        positions=tuple(end for end in ends if draw(st.booleans())),
        maybe_positions=tuple((draw(st.sampled_from((1, 2))), place) for place in (first, last)),
    )


seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=50, deadline=None)
@given(scenes(), seeds)
def test_every_expression_fits_its_entity_alone(image, seed):
    for number, written in write_expressions(image, np.random.default_rng(seed)).items():
        for expression in written:
            assert referents(expression.text, image) == ({number}, {number})
            if expression.kind.startswith("relative"):
                assert Fact(number, expression.relation, expression.other) in image.facts
            if expression.kind == "absolute":
                assert (number, expression.relation) in image.positions
            assert expression.words is None or expression.words in expression.text


@settings(max_examples=20, deadline=None)
@given(scenes(), seeds)
def test_one_seed_writes_one_thing(image, seed):
    once, again = (write_expressions(image, np.random.default_rng(seed)) for _ in range(2))
    assert once == again


def kinds(written):
    return [expression.kind for expression in written]


@pytest.mark.parametrize("seed", range(10))
def test_entities_of_two_kinds_have_four_expressions_each(seed):
    image = scene(
        animal(1, "dog", "black"),
        thing(2, "umbrella", "orange"),
        facts=((1, "left", 2),),
        positions=((1, "left"), (2, "right")),
    )
    written = write_expressions(image, np.random.default_rng(seed))
    assert kinds(written[1]) == kinds(written[2]) == ["basic", "absolute", "relative-1", "relative-2"]


def test_twins_have_no_basic_expression():
    image = scene(
        animal(1, "dog", "black"), animal(2, "dog", "black"), facts=((1, "left", 2),), positions=((1, "left"),)
    )
    written = write_expressions(image, np.random.default_rng(0))
    assert kinds(written[1]) == ["absolute", "relative-1", "relative-2"]
    assert kinds(written[2]) == ["relative-1", "relative-2"]


def test_of_whom_nothing_tells_two_apart_nothing_is_written():
    # Either may be on the left, by what a viewer sees.
    image = scene(
        human(1), human(2), maybe=((1, "left", 2), (2, "left", 1)), maybe_positions=((1, "left"), (2, "left"))
    )
    assert write_expressions(image, np.random.default_rng(0)) == {1: [], 2: []}


@pytest.mark.parametrize(("other", "told"), [("white", True), ("darkslategray", False)])
def test_colours_tell_two_apart_if_they_look_different(other, told):
    image = scene(animal(1, "dog", "black"), animal(2, "dog", other))
    written = write_expressions(image, np.random.default_rng(0))
    assert kinds(written[1]) == kinds(written[2]) == (["basic"] if told else [])


@pytest.mark.parametrize("seed", range(10))
def test_words_that_tell_two_apart_are_found(seed):
    # "The dog to the left of the cat" fits both dogs: the cat's colour must be said.
    image = scene(
        animal(1, "dog", "black"), animal(2, "cat", "white"), animal(3, "dog", "black"), animal(4, "cat", "black"),
        facts=((1, "left", 2), (3, "left", 4)),
    )  # fmt: skip
    written = write_expressions(image, np.random.default_rng(seed))
    assert kinds(written[1]) == ["relative-1", "relative-2"]
    assert all("white" in expression.text for expression in written[1])


@pytest.mark.parametrize("seed", range(10))
def test_a_noun_that_leaves_nothing_to_say_is_drawn_anew(seed):
    # Of "an adult" there is nothing to say after the noun; of "a person" there is.
    image = scene(human(1, age="adult"), thing(2, "vase"), facts=((1, "left", 2),))
    (last,) = write_expressions(image, np.random.default_rng(seed))[1][2:]
    assert last.kind == "relative-2"
    assert " adult " in last.text


def test_an_entity_without_attributes_is_only_named():
    image = scene(Described(1, "object", "vase"), Described(2, "object", "umbrella"), facts=((1, "top", 2),))
    written = write_expressions(image, np.random.default_rng(0))[2]
    assert kinds(written) == ["basic", "relative-1"]
    assert written[0].text == "the umbrella"


def test_a_seed_writes_the_same_in_every_process():
    # Sets of words are in another order in each.
    image = scene(
        human(1, gender="female", age="adult", salient="salient", clothes="black knit"),
        thing(2, "umbrella", "orange"),
        animal(3, "cat", "gray"),
        facts=((1, "left", 2), (2, "left", 3), (1, "left", 3)),
        positions=((3, "right"),),
    )
    written = write_expressions(image, np.random.default_rng(7))
    assert [expression.text for expression in written[3]] == [
        "the creature which is non-transparent and gray",
        "the cat which is gray and non-transparent at the most right side of the photo",
        "the salient and non-transparent cat at the right side of the orange and non-transparent umbrella",
        "a cat which is salient and gray at the right side of the lady who is salient and dressed in black knit",
    ]
