import pytest

from pipelines.refmatte.language.keywords import keywords
from tests.pipelines.refmatte.language.scenes import animal, human, scene, thing


def test_keywords_are_the_categories():
    assert keywords(scene(human(1), animal(2, "dog"), thing(3, "wine glass"))) == {
        1: "person",
        2: "dog",
        3: "wine glass",
    }


@pytest.mark.parametrize(("category", "other"), [("vase", "vase"), ("sofa", "couch"), ("glass", "wine glass")])
def test_images_that_repeat_a_category_have_none(category, other):
    assert keywords(scene(thing(1, category), animal(2, "dog"), thing(3, other))) is None


def test_all_humans_are_one_category():
    bride = thing(2, "bride", group="human")
    assert keywords(scene(human(1), bride)) is None
    assert keywords(scene(bride, animal(1, "dog"))) == {2: "bride", 1: "dog"}
