"""Annotations as other tools write them, through the whole job; one test per kind."""

import json
import shutil
from collections.abc import Callable
from typing import Any

import pytest

from pipelines.annotations.index import NUMBERED
from pipelines.config import CocoMattingConfig, FusionConfig, MattingConfig
from pipelines.errors import UserError
from tests.conftest import Dataset, mattes, rejects, square

Run = Callable[[CocoMattingConfig], dict[str, Any]]


def config(dataset: Dataset, **settings: Any) -> CocoMattingConfig:
    return dataset.config(matting=MattingConfig(backend="closed-form"), **settings)


def paths(dataset: Dataset) -> dict[int, str]:
    return {row.image_id: row.image_path for row in mattes(dataset.config())}


def reasons(dataset: Dataset) -> dict[int, tuple[str | None, str]]:
    return {row.annotation_id: (row.reason, row.detail) for row in rejects(dataset.config())}


def test_a_polygon_that_is_not_in_a_list(dataset: Dataset, run: Run) -> None:
    dataset.person(1, segmentation=square(20, 16, 48)[0])
    dataset.person(2)
    run(config(dataset))
    one, two = mattes(dataset.config())
    assert one.mask_rle == two.mask_rle


def test_annotations_without_ids_have_their_position(dataset: Dataset, run: Run) -> None:
    for image in (1, 2):
        dataset.person(image)
    for annotation in dataset.coco["annotations"]:
        del annotation["id"]
    summary = run(config(dataset))
    assert [(row.image_id, row.annotation_id) for row in mattes(dataset.config())] == [(1, 1), (2, 2)]
    assert summary["notes"] == [NUMBERED]


def test_one_annotation_without_an_id_among_others_is_malformed(dataset: Dataset, run: Run) -> None:
    dataset.person(1)
    dataset.person(2)
    del dataset.coco["annotations"][1]["id"]
    assert run(config(dataset))["rejects_by_reason"] == {"annotation_malformed": 1}


@pytest.mark.parametrize("folder", ["train2017/", ""])
def test_names_from_addresses(dataset: Dataset, run: Run, folder: str) -> None:
    """LVIS has no file names. The folder of the split is there or not."""
    file = dataset.add_image(1)
    dataset.annotate(1)
    entry = dataset.coco["images"][0]
    del entry["file_name"]
    entry["coco_url"] = f"http://images.cocodataset.org/train2017/{file.name}"
    (dataset.images / folder).mkdir(exist_ok=True)
    file.rename(dataset.images / folder / file.name)
    run(config(dataset))
    assert paths(dataset) == {1: folder + file.name}


def test_backslashes_between_folders(dataset: Dataset, run: Run) -> None:
    file = dataset.add_image(1)
    dataset.annotate(1)
    dataset.coco["images"][0]["file_name"] = f"set\\{file.name}"
    (dataset.images / "set").mkdir()
    file.rename(dataset.images / "set" / file.name)
    run(config(dataset))
    assert paths(dataset) == {1: f"set/{file.name}"}


def test_the_longest_end_that_is_there_is_taken_and_a_shared_one_is_not(dataset: Dataset, run: Run) -> None:
    """Label Studio's names."""
    for image, name in ((1, "/data/upload/1/a.png"), (2, "/data/upload/2/a.png"), (3, "file:///home/me/b.png")):
        file = dataset.add_image(image)
        dataset.annotate(image)
        dataset.coco["images"][-1]["file_name"] = name
        if image == 1:
            (dataset.images / "1").mkdir()
            shutil.copy(file, dataset.images / "1" / "a.png")
        file.rename(dataset.images / name.rpartition("/")[2])
    run(config(dataset))
    assert paths(dataset) == {1: "1/a.png", 3: "b.png"}
    detail = "'/data/upload/2/a.png': none of 'data/upload/2/a.png', 'upload/2/a.png', '2/a.png' is in the image folder"
    assert reasons(dataset) == {2: ("image_missing", detail)}


def test_a_picture_that_comes_later_at_a_longer_end_is_seen(dataset: Dataset, run: Run) -> None:
    file = dataset.add_image(1)
    dataset.annotate(1)
    dataset.coco["images"][0]["file_name"] = f"/data/1/{file.name}"
    run(config(dataset))
    assert paths(dataset) == {1: file.name}
    (dataset.images / "1").mkdir()
    shutil.copy(file, dataset.images / "1" / file.name)
    run(config(dataset))
    assert paths(dataset) == {1: f"1/{file.name}"}


def test_crowds_that_are_single_objects(dataset: Dataset, run: Run) -> None:
    dataset.person(1, iscrowd=1)
    assert run(config(dataset))["rejects_by_reason"] == {"crowd": 1}
    summary = run(config(dataset, fusion=FusionConfig(crowds="single")))
    assert (summary["counts"]["accepted"], summary["rejects_by_reason"]) == (1, {})


def test_categories_in_other_case_and_near_names(dataset: Dataset, run: Run) -> None:
    dataset.coco["categories"] = [{"id": 1, "name": "Person"}]
    dataset.person(1)
    run(config(dataset))
    assert [row.category for row in mattes(dataset.config())] == ["Person"]
    with pytest.raises(UserError, match="no category named 'persn', is 'Person' meant\\?; it has: Person$"):
        run(config(dataset, fusion=FusionConfig(subject="persn")))


def test_several_subjects_of_which_people_have_accessories(dataset: Dataset, run: Run) -> None:
    dog, handbag = 18, 31
    dataset.person(1)
    dataset.person(2, category_id=dog)
    for image in (1, 2):
        dataset.annotate(image, square(30, 30, 8), category_id=handbag)
    summary = run(config(dataset, fusion=FusionConfig(subject="person,dog")))
    assert [(row.category, row.accessory_categories) for row in mattes(dataset.config())] == [
        ("person", ["handbag"]),
        ("dog", []),
    ]
    assert (summary["counts"]["subjects"], summary["counts"]["accessories"]) == (2, 2)
    run(config(dataset, fusion=FusionConfig(subject="all")))
    bags = [row.reason for row in rejects(dataset.config()) if row.category == "handbag"]
    assert bags == ["too_small", "too_small"]  # each a subject of its own; that of the person is fused all the same
    assert [row.accessory_categories for row in mattes(dataset.config())] == [["handbag"], []]


def test_a_field_that_is_nested_too_deeply_costs_its_annotation_alone(dataset: Dataset, run: Run) -> None:
    dataset.person(1)
    dataset.person(2)
    text = dataset.config().annotations.read_text()
    field = '"iscrowd": 0, "attributes": ' + "[" * 300 + "]" * 300
    broken = text.replace('"iscrowd": 0', field, 1)
    settings = config(dataset)
    settings.annotations.write_text(broken)
    summary = run(settings)
    assert summary["counts"]["accepted"] == 1
    assert reasons_of(settings) == {1: ("annotation_malformed", "a field cannot be read: Recursion limit reached")}


def reasons_of(settings: CocoMattingConfig) -> dict[int, tuple[str | None, str]]:
    return {row.annotation_id: (row.reason, row.detail) for row in rejects(settings)}


def test_utf_16_is_said(dataset: Dataset, run: Run) -> None:
    dataset.person(1)
    settings = config(dataset)
    settings.annotations.write_text(json.dumps(dataset.coco), encoding="utf-16")
    with pytest.raises(UserError, match="instances_test.json: the text is in UTF-16 or UTF-32, expected UTF-8"):
        run(settings)
