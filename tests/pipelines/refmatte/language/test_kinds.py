import pytest

from pipelines.refmatte.language.kinds import main_name, may_be, names_of


def test_synonyms_have_one_main_name():
    assert main_name("sofa") == main_name("couch") == "couch"
    assert names_of("sofa") == ("sofa", "couch")
    assert names_of("dog") == ("dog",)


@pytest.mark.parametrize(
    ("category", "other"),
    [
        ("sofa", "couch"),
        ("glass", "wine glass"),
        ("bag", "handbag"),
        ("bag", "plastic bag"),
        ("bear", "adult polar bear"),
        ("container", "wine glass"),
        ("plant", "oak tree"),
        ("smoke", "smog"),
        ("cloth net", "lace"),
        ("seat", "sofa bench"),
    ],
)
def test_synonyms_kinds_and_what_looks_alike_may_be_meant(category, other):
    assert may_be(category, other)
    assert may_be(other, category)


@pytest.mark.parametrize(
    ("category", "other"), [("dog", "cat"), ("mug", "vase"), ("wine glass", "hourglass"), ("bag", "bagpipe")]
)
def test_others_may_not(category, other):
    assert not may_be(category, other)
    assert not may_be(other, category)
