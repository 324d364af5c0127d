import pytest

from pipelines.refmatte.entities.names import Named, entry_name, named


@pytest.mark.parametrize(
    ("written", "name"),
    [("Wine_glass", "wine glass"), ("bow_(weapon)", "bow"), ("tree-merged", "tree"), ("floor-other-merged", "floor")],
)
def test_names_of_data_sets_become_words(written: str, name: str) -> None:
    assert entry_name(written) == name


@pytest.mark.parametrize(
    ("category", "group"), [("person", "human"), ("Giraffe", "animal"), ("mouse", "object"), ("teddy bear", "object")]
)
def test_groups(category: str, group: str) -> None:
    found = named(category)
    assert found is not None
    assert found.group == group


def test_people_have_one_name_and_what_theirs_stated() -> None:
    assert named("person") == Named("human", "human")
    assert named("boy") == Named("human", "human", (("gender", "male"),))
    assert named("child", stated={"gender": "female"}) == Named(
        "human", "human", (("gender", "female"), ("age", "child"))
    )


def test_what_a_source_says_stands_above_the_name() -> None:
    assert named("statue of a person", "object") == Named("object", "statue of a person")
    assert named("woman", stated={"gender": "male", "age": " "}) == Named("human", "human", (("gender", "male"),))


@pytest.mark.parametrize("clothes", ["Red Dress", " a red\n dress", "the  red dress"])
def test_what_is_stated_becomes_words_that_fit_into_a_sentence(clothes: str) -> None:
    assert named("Woman", stated={"gender": "Female", "clothes": clothes}) == Named(
        "human", "human", (("gender", "female"), ("clothes", "red dress"))
    )


@pytest.mark.parametrize("category", ["object", "Thing", " ", "(unknown)"])
def test_names_that_tell_nothing_apart(category: str) -> None:
    assert named(category) is None
