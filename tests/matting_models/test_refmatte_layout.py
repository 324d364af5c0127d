import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from matting_models.errors import InputError, MissingError
from matting_models.refmatte_layout import EXPRESSION, KEYWORD, RefMatteEntity, Text, evaluation_texts, read_entities
from pipelines.refmatte.choice import chosen_index
from tests.pipelines.review.conftest import instance, manifest

TWO = {
    "a_1": {"image_name": "a", "expressions": ["the red cat", "the cat on the left"]},
    "a_2": {"image_name": "a", "expressions": ["the dog"]},
}


def picture(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.zeros((2, 2), np.uint8))


def layout(base: Path, labels: object = TWO, name: str = "refmatte_test_label.json", images: str = "img") -> Path:
    """Labels, an image and two masks."""
    for file in (f"{images}/a.jpg", "mask/a_1.png", "mask/a_2.png"):
        picture(base / file)
    (base / name).write_text(labels if isinstance(labels, str) else json.dumps(labels))
    return base


def described(number: int, **fields: object) -> object:
    expressions = [
        {"kind": kind, "text": f"{kind} {number}", "relation": None, "words": None, "other": None}
        for kind in ("basic", "absolute")
    ]
    known = {
        "annotation_id": number, "split": "train", "image_path": "1-ab.jpg", "composed_path": "composed/1-ab.jpg",
        "keyword": "cat", "expressions": expressions,
    }  # fmt: skip
    return instance(number, **(known | fields))


def test_the_published_layout(tmp_path: Path) -> None:
    test = layout(tmp_path / "test")
    first, second = read_entities(tmp_path, "test")
    texts = Text(EXPRESSION, "the red cat"), Text(EXPRESSION, "the cat on the left")
    assert first == RefMatteEntity(test / "img/a.jpg", test / "mask/a_1.png", "a", "a_1", None, texts)
    assert first.texts("expression") == texts and first.texts("keyword") == ()
    assert second.name == "a_2"


@pytest.mark.parametrize("root", [".", "..", "test"])
def test_the_folder_above_and_the_splits_own_are_taken_too(tmp_path: Path, root: str) -> None:
    layout(tmp_path / "RefMatte/test")
    assert len(read_entities((tmp_path / "RefMatte" / root).resolve(), "test")) == 2


def test_labels_may_lie_above_the_splits_folder(tmp_path: Path) -> None:
    layout(tmp_path / "test").joinpath("refmatte_test_label.json").rename(tmp_path / "refmatte_test_label.json")
    assert len(read_entities(tmp_path, "test")) == 2


def test_what_our_export_says_beyond_the_layout(tmp_path: Path) -> None:
    layout(tmp_path / "test", TWO | {"a_2": TWO["a_2"] | {"sample_id": "x-2", "keyword": "dog", "kinds": ["basic"]}})
    entity = read_entities(tmp_path, "test")[1]
    assert (entity.name, entity.texts("expression")) == ("x-2", (Text("basic", "the dog"),))
    assert entity.texts("keyword") == (Text(KEYWORD, "dog"),)


def test_rw100_has_a_copy_of_its_image_for_every_mask_or_not(tmp_path: Path) -> None:
    layout(tmp_path, name="refmatte_rw100_label.json", images="image_all")
    picture(tmp_path / "image_all/a_2.jpg")
    found = read_entities(tmp_path, "test")
    assert [entity.image.name for entity in found] == ["a.jpg", "a_2.jpg"]


def test_the_list_names_the_expression_of_evaluation(tmp_path: Path) -> None:
    layout(tmp_path, name="refmatte_rw100_label.json", images="image")
    (tmp_path / "eval_index_expression.json").write_text('{"a_1": 1, "a": 0}')
    found = read_entities(tmp_path, "test")
    assert [text.text for text in evaluation_texts(tmp_path, "test", found)] == ["the red cat", "the dog"]


def test_without_the_list_the_choice_is_one_that_each_entity_has(tmp_path: Path) -> None:
    layout(tmp_path / "test")
    found = read_entities(tmp_path, "test")
    assert [text.text for text in evaluation_texts(tmp_path, "test", found)] == ["the red cat", "the dog"]


def test_choices_are_spread_over_kinds() -> None:
    assert {chosen_index(f"{number:012d}", 4) for number in range(40)} == {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ('{"a": 2}', "a has 2, expected an index below 2"),
        ('{"a": "0"}', "a has '0', expected an index below 2"),
        ("{}", "a has None, expected an index below 2"),
        ("[]", "is a JSON list, expected an object of image names to indices"),
        ("{", "eval_index_expression.json is damaged: Expecting property name"),
    ],
)
def test_a_list_that_does_not_fit(tmp_path: Path, indices: str, message: str) -> None:
    test = layout(tmp_path / "test")
    (test / "eval_index_expression.json").write_text(indices)
    found = read_entities(tmp_path, "test")
    with pytest.raises(InputError, match=message):
        evaluation_texts(tmp_path, "test", found)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ([], "a_2 has no image_name, expected image_name and expressions"),
        ({"expressions": ["x"]}, "a_2 has no image_name"),
        ({"image_name": "a"}, "a_2 has expressions null, expected a list of texts"),
        ({"image_name": "a", "expressions": "x"}, 'a_2 has expressions "x", expected a list of texts'),
        ({"image_name": "a", "expressions": []}, "a_2 has no expressions, expected at least one"),
        ({"image_name": "a", "expressions": ["x", " "]}, "a_2 has an empty expression"),
        ({"image_name": "a", "expressions": ["x"], "kinds": []}, r"a_2 has kinds \[\], expected one for each of its 1"),
        ({"image_name": "a", "expressions": ["x"], "keyword": 3}, "a_2 has sample_id 'a_2' and keyword 3"),
        ({"image_name": "a", "expressions": ["x"], "sample_id": "../a"}, "a_2: '../a' does not name a file below"),
        ({"image_name": "a", "expressions": ["x"], "kinds": ["/a"]}, "a_2: '/a' does not name a file below"),
    ],
)
def test_an_entry_that_is_none(tmp_path: Path, entry: object, message: str) -> None:
    layout(tmp_path / "test", TWO | {"a_2": entry})
    with pytest.raises(InputError, match=f"refmatte_test_label.json: {message}"):
        read_entities(tmp_path, "test")


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ("{", "refmatte_test_label.json is damaged: Expecting property name"),
        ("[]", "is a JSON list, expected an object of mask names to entries"),
        ({"a_1": TWO["a_1"]}, "mask/a_2.png has no entry in .*refmatte_test_label.json"),
        (TWO | {"a_3": TWO["a_2"]}, r"mask/a_3.\* is missing, which belongs to .*refmatte_test_label.json"),
        (TWO | {"a_2": {"image_name": "b", "expressions": ["x"]}}, r"img/b.\* is missing, which belongs to .*mask/a_2"),
        (TWO | {"a_2": {"image_name": "../a", "expressions": ["x"]}}, "is missing"),
    ],
)
def test_labels_and_pictures_that_do_not_belong_together(tmp_path: Path, labels: object, message: str) -> None:
    layout(tmp_path / "test", labels)
    with pytest.raises(InputError, match=message):
        read_entities(tmp_path, "test")


def test_folders_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="none is not a folder; expected what flows.refmatte wrote, or RefMatte's"):
        read_entities(tmp_path / "none", "train")
    with pytest.raises(MissingError, match="has neither manifest/ nor train/refmatte_train_label.json"):
        read_entities(tmp_path, "train")
    (tmp_path / "train").mkdir()
    (tmp_path / "train/refmatte_train_label.json").write_text("{}")
    with pytest.raises(MissingError, match="train/img is not there; expected a folder that holds img/, mask/"):
        read_entities(tmp_path, "train")


def test_a_run(tmp_path: Path) -> None:
    (tmp_path / "composed").mkdir()
    rows = [described(2), described(1, keyword=None), described(3, split="test")]
    manifest(tmp_path, rows)  # type: ignore[arg-type]
    first, second = read_entities(tmp_path, "train")
    texts = Text("basic", "basic 1"), Text("absolute", "absolute 1")
    image, alpha = tmp_path / "composed/1-ab.jpg", (tmp_path / "alphas/1.png").resolve()
    assert replace(first, image=first.image.resolve(), alpha=first.alpha.resolve()) == RefMatteEntity(
        image.resolve(), alpha, "1-ab", "set-1", None, texts
    )
    assert (second.name, second.texts("keyword")) == ("set-2", (Text(KEYWORD, "cat"),))


def test_a_run_whose_images_are_gone(tmp_path: Path) -> None:
    manifest(tmp_path, [described(1)])  # type: ignore[list-item]
    with pytest.raises(MissingError, match="composed, the images of .*manifest, is not there"):
        read_entities(tmp_path, "train")


def test_a_run_without_words_or_without_the_split(tmp_path: Path) -> None:
    manifest(tmp_path / "a", [instance(1)])
    with pytest.raises(InputError, match="describes none of its 1 mattes in words"):
        read_entities(tmp_path / "a", "train")
    manifest(tmp_path / "b", [described(1)])  # type: ignore[list-item]
    with pytest.raises(InputError, match="has no row of split test, only of train"):
        read_entities(tmp_path / "b", "test")


def test_a_name_that_leads_elsewhere(tmp_path: Path) -> None:
    manifest(tmp_path, [described(1, composed_path="../x.jpg")])  # type: ignore[list-item]
    with pytest.raises(InputError, match="set-1: '../x.jpg' does not name a file below"):
        read_entities(tmp_path, "train")
