import numpy as np
import pytest

from pipelines.refmatte.language.describing import Said, article_after, describe, draw_said
from tests.pipelines.refmatte.language.scenes import animal, human, thing


def all_forms(said, shape, article):
    return {describe(said, shape, article, np.random.default_rng(seed)) for seed in range(40)}


CAT = Said("cat", (("colour", "orange"), ("salient", "salient")), None, human=False)
LEAVES = Said("leaves", (("colour", "orange"),), None, human=False)
SMOKE = Said("smoke", (("colour", "orange"),), None, human=False)
BARE = Said("hourglass", (), None, human=False)
WOMAN = Said("woman", (("age", "elderly"), ("salient", "salient")), "orange dress", human=True)
PERSON = Said("person", (("gender", "male"), ("salient", "salient"), ("age", "adult")), None, human=True)
WORN = Said("person", (), "black knit", human=True)
JEANS = Said("person", (), "jeans", human=True)


@pytest.mark.parametrize(
    ("said", "shape", "article", "forms"),
    [
        (CAT, "before", "the", {"the orange and salient cat"}),
        (CAT, "before", "a", {"an orange and salient cat"}),
        (CAT, "after", "the", {"the cat which is orange and salient", "the cat that is orange and salient"}),
        (CAT, "after", "a", {"a cat which is orange and salient", "a cat that is orange and salient"}),
        (LEAVES, "before", "a", {"orange leaves"}),
        (LEAVES, "after", "the", {"the leaves which are orange", "the leaves that are orange"}),
        (SMOKE, "before", "a", {"orange smoke"}),
        (SMOKE, "before", "the", {"the orange smoke"}),
        (SMOKE, "after", "a", {"smoke which is orange", "smoke that is orange"}),
        (BARE, "before", "a", {"an hourglass"}),
        (BARE, "after", "the", {"the hourglass"}),
        (PERSON, "before", "the", {"the salient adult male person"}),
        (PERSON, "after", "a", {
            "a person who is male, salient and adult",
            "a person that is male, salient and adult",
        }),
        (WOMAN, "before", "the", {
            "the salient elderly woman with the orange dress",
            "the salient elderly woman wearing the orange dress",
            "the salient elderly woman in the orange dress",
            "the salient elderly woman who is dressed in an orange dress",
        }),
        (WOMAN, "before", "a", {
            "a salient elderly woman wearing an orange dress",
            "a salient elderly woman in an orange dress",
            "a salient elderly woman who is dressed in an orange dress",
        }),
        (WOMAN, "after", "the", {
            "the woman who is elderly, salient and dressed in an orange dress",
            "the woman that is elderly, salient and dressed in an orange dress",
        }),
        (PERSON, "before", "another", {"another salient adult male person"}),
        (PERSON, "before", "the other", {"the other salient adult male person"}),
        (LEAVES, "before", "another", {"other orange leaves"}),
        (WORN, "after", "the", {"the person who is dressed in black knit", "the person that is dressed in black knit"}),
        (JEANS, "before", "a", {
            "a person wearing jeans",
            "a person in jeans",
            "a person who is dressed in jeans",
        }),
    ],
)  # fmt: skip
def test_templates(said, shape, article, forms):
    assert all_forms(said, shape, article) == forms


def drawn(entity, least=0):
    return [draw_said(entity, least, np.random.default_rng(seed)) for seed in range(300)]


@pytest.mark.parametrize(
    ("known", "nouns"),
    [
        ({}, set()),
        ({"gender": "female"}, set()),
        ({"age": "youth"}, {"teenager", "adolescent"}),
        ({"gender": "female", "age": "child"}, {"child", "kid", "little girl", "girl"}),
        ({"gender": "male", "age": "youth"}, {"boy", "teenager", "adolescent"}),
        ({"gender": "female", "age": "adult"}, {"adult", "woman", "lady"}),
        ({"gender": "male", "age": "senior"}, {"man", "old man", "senior citizen", "pensioner"}),
    ],
)
def test_nouns_of_humans_say_what_is_known(known, nouns):
    general = {"human being", "person", "individual", "mortal", "human"}
    assert {said.noun for said in drawn(human(1, **known))} == general | nouns


def test_what_a_noun_says_is_not_said_again():
    for said in drawn(human(1, gender="female", age="senior"), least=2):
        names = {name for name, _ in said.words}
        assert ("gender" in names) == (said.noun not in {"woman", "lady", "old woman"})
        assert ("age" in names) == (said.noun not in {"old woman", "senior citizen", "pensioner"})
        assert ("age", "adult") not in said.words


def test_women_are_not_called_adult():
    said = drawn(human(1, gender="female", age="adult"), least=2)
    assert {one.noun for one in said if ("age", "adult") in one.words}.isdisjoint({"woman", "lady", "adult"})


@pytest.mark.parametrize(
    ("first", "second", "definite", "article"),
    [
        (CAT, Said("cat", (), None, human=False), True, "the other"),
        (CAT, Said("cat", (("salient", "salient"),), None, human=False), False, "another"),
        (CAT, Said("cat", (("colour", "black"),), None, human=False), True, "the"),
        (CAT, SMOKE, False, "a"),
        (WORN, JEANS, True, "the"),
        (WORN, WORN, True, "the other"),
        (Said("person", (), None, human=True), WORN, False, "a"),
    ],
)
def test_what_is_said_of_both_is_said_of_the_other(first, second, definite, article):
    assert article_after(first, second, definite) == article


def test_a_humans_colour_is_never_said():
    said = drawn(human(1, colour="sienna", clothes="crimson print"), least=1)
    assert {(one.words, one.clothes) for one in said} == {((), "crimson print")}


def test_things_are_called_by_their_names_and_animals_by_general_ones_too():
    assert {said.noun for said in drawn(thing(1, "couch"))} == {"couch", "sofa"}
    assert {said.noun for said in drawn(animal(1, "cat"))} == {"cat", "animal", "creature"}


def test_as_many_attributes_are_said_as_are_asked_for():
    counts = [[len(said.words) for said in drawn(thing(1, "vase", "honeydew"), least)] for least in (0, 2, 9)]
    assert [set(numbers) for numbers in counts] == [{0, 1, 2, 3}, {2, 3}, {3}]
