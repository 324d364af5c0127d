import pytest

from pipelines.refmatte.language.checker import referents
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.parser import UnknownWords
from pipelines.refmatte.records import Described
from tests.pipelines.refmatte.language.scenes import OPPOSITE, animal, human, scene, thing


def found(text, *entities, **known):
    """Numbers as lists."""
    return tuple(sorted(numbers) for numbers in referents(text, scene(*entities, **known)))


@pytest.mark.parametrize(
    ("noun", "holds", "may_hold"),
    [
        ("cat", [1], [1]),
        ("animal", [1, 2], [1, 2, 5]),
        ("bear", [], [5]),
        ("teddy", [5], [5]),
        ("person", [3, 4], [3, 4]),
        ("woman", [3], [3, 4]),
        ("girl", [], [4]),
        ("sofa", [], []),
        ("thing", [5], [5]),
    ],
)
def test_nouns(noun, holds, may_hold):
    entities = (
        animal(1, "cat"),
        animal(2, "dog"),
        human(3, gender="female", age="senior"),
        human(4),
        thing(5, "teddy bear"),
    )
    assert found(f"the {noun}", *entities) == (holds, may_hold)


AGES = ("child", "youth", "adult", "senior")


@pytest.mark.parametrize(
    ("noun", "holds", "may_hold"),
    [
        ("girl", ["child", "youth"], ["child", "youth", "adult"]),
        ("child", ["child"], ["child", "youth"]),
        ("teenager", ["youth"], ["child", "youth", "adult"]),
        ("adult", ["adult"], ["youth", "adult", "senior"]),
        ("woman", ["adult", "senior"], ["youth", "adult", "senior"]),
        ("pensioner", ["senior"], ["adult", "senior"]),
        ("young person", ["child", "youth"], ["child", "youth", "adult"]),
        ("adult human", ["adult", "senior"], ["youth", "adult", "senior"]),
        ("elderly human", ["senior"], ["adult", "senior"]),
        ("baby girl", ["child"], ["child", "youth"]),
        ("boy", [], []),
        ("male human", [], []),
    ],
)
def test_ages_of_a_female_may_be_one_group_off(noun, holds, may_hold):
    people = [human(index, gender="female", age=age) for index, age in enumerate(AGES)]
    plainly, possibly = referents(f"the {noun}", scene(*people))
    assert ([AGES[index] for index in sorted(plainly)], [AGES[index] for index in sorted(possibly)]) == (
        holds,
        may_hold,
    )


def test_what_is_not_known_may_be_anything():
    unknown = human(1)
    for text in ("the elderly man", "the person in the black knit", "the salient person", "the girl"):
        assert found(text, unknown) == ([], [1])


@pytest.mark.parametrize(
    ("colour", "holds", "may_hold"),
    [("lightgray", [1], [1, 2]), ("lightgrey", [1], [1, 2]), ("black", [3], [3]), ("darkslategray", [], [3])],
)
def test_colours(colour, holds, may_hold):
    balls = (
        thing(1, "ball", "lightgray"),
        thing(2, "ball", "silver"),
        thing(3, "ball", "black"),
        thing(4, "cup", colour),
    )
    assert found(f"the {colour} ball", *balls) == (holds, may_hold)


def test_no_colour_holds_of_a_human_as_such():
    # It is that of skin and hair too.
    assert found("the sienna person", human(1, colour="sienna"), human(2, colour="navy")) == ([], [1, 2])


@pytest.mark.parametrize(
    ("clothes", "holds", "may_hold"),
    [
        ("black dress", [1], [1, 2, 4]),
        ("dress", [1, 2], [1, 2, 4]),
        ("blue dress", [], [2, 4]),
        ("lace", [], [1, 2, 3, 4]),
        ("jeans", [3], [3, 4]),
    ],
)
def test_clothes(clothes, holds, may_hold):
    people = (human(1, clothes="black dress"), human(2, clothes="dress"), human(3, clothes="jeans"), human(4))
    assert found(f"the person in the {clothes}", *people) == (holds, may_hold)


@pytest.mark.parametrize("word", ["transparent", "non-transparent", "salient", "non-salient"])
def test_transparency_and_salience_are_as_they_are_known(word):
    bag = thing(1, "plastic bag")
    unknown = Described(2, "object", "plastic bag")
    holds = [1] if word in ("non-transparent", "salient") else []
    assert found(f"the {word} plastic bag", bag, unknown) == (holds, [*holds, 2])


def test_what_looks_alike_may_be_meant():
    assert found("the glass", thing(1, "wine glass"), thing(2, "glass"), thing(3, "vase")) == ([2], [1, 2])
    assert found("the smoke", thing(1, "smoke"), thing(2, "smog")) == ([1], [1, 2])


@pytest.mark.parametrize(
    ("position", "words"),
    [(position, words) for position, phrases in read_data("phrases")["absolute"].items() for words in phrases],
)
def test_positions(position, words):
    dogs = [animal(number, "dog") for number in (1, 2, 3)]
    known = {"positions": ((1, position),), "maybe_positions": ((2, position),)}
    assert found(f"the dog {words} the image", *dogs, **known) == ([1], [1, 2])
    other = "middle" if position != "middle" else "left"
    assert found(f"the dog {words} the image", *dogs, positions=((1, other),)) == ([], [])


@pytest.mark.parametrize(
    ("relation", "words"),
    [(relation, words) for relation, phrases in read_data("phrases")["relative"].items() for words in phrases],
)
def test_relations(relation, words):
    text = f"the dog {words} the cat"
    three = (animal(1, "dog"), animal(2, "dog"), animal(3, "cat"))
    assert found(text, *three, facts=((1, relation, 3),), maybe=((2, relation, 3),)) == ([1], [1, 2])
    assert found(text, *three) == ([], [])
    plainly, _ = found(text, *three, facts=((1, OPPOSITE[relation], 3),))
    assert plainly == ([1] if words in ("beside", "next to", "close to", "near") else [])


@pytest.mark.parametrize(("words", "plainly"), [("to the left of", [1]), ("next to", []), ("near", []), ("beside", [])])
def test_what_is_next_to_another_has_nothing_between(words, plainly):
    row = (animal(1, "dog"), animal(2, "sheep"), animal(3, "cat"))
    facts = ((1, "left", 2), (2, "left", 3), (1, "left", 3))
    assert found(f"the dog {words} the cat", *row, facts=facts) == (plainly, [1])


def test_what_is_in_front_may_be_called_on_top():
    pair = (animal(1, "cat"), thing(2, "couch"))
    assert found("the cat on the couch", *pair, facts=((1, "front", 2),)) == ([], [1])
    assert found("the cat near the couch", *pair, maybe=((1, "behind", 2),)) == ([], [1])


def test_the_second_may_be_any_that_fits():
    cats = (animal(1, "dog"), animal(2, "cat", "black"), animal(3, "cat", "white"), animal(4, "dog"))
    known = {"facts": ((1, "left", 2), (4, "left", 3))}
    assert found("the dog to the left of the cat", *cats, **known) == ([1, 4], [1, 4])
    assert found("the dog to the left of the white cat", *cats, **known) == ([4], [4])


def test_all_readings_count():
    women = (human(1, gender="female"), human(2, gender="female", clothes="black knit"), human(3, gender="male"))
    known = {"facts": ((1, "left", 3), (2, "left", 3))}
    women = tuple(Described(w.number, w.group, w.category, (*w.attributes, ("age", "adult"))) for w in women)
    assert found("the woman to the left of the man in the black knit", *women, **known) == ([2], [1, 2])


def test_wrong_facts_are_rejected():
    pair = (animal(1, "dog", "black"), animal(2, "cat", "white"))
    right = {"facts": ((1, "left", 2),), "positions": ((1, "left"),)}
    for text in ("the black dog", "the dog to the left of the cat", "the dog on the far left of the photo"):
        assert found(text, *pair, **right) == ([1], [1])
    for text in (
        "the white dog",
        "the transparent dog",
        "the dog to the right of the cat",
        "the dog above the cat",
        "the dog to the left of the black cat",
        "the dog to the left of the dog",
        "the dog on the far right of the photo",
        "the dog in the middle of the photo",
    ):
        assert found(text, *pair, **right) == ([], [])


def test_unknown_words_are_no_expression():
    with pytest.raises(UnknownWords, match="unknown words snark;"):
        referents("the snark", scene(animal(1, "cat")))
    assert found("the snark", animal(1, "snark")) == ([1], [1])
