import json
from pathlib import Path
from typing import Any

import pytest

from matting_models.errors import InputError
from matting_models.evaluation.detections import read_detections
from matting_models.evaluation.samples import Sample

SAMPLES = [Sample(name, name, (), instances=True) for name in ("comp/a", "natural/a", "natural/b.c")]


def write(folder: Path, content: Any) -> Path:
    (folder / "boxes.json").write_text(json.dumps(content))
    return folder / "boxes.json"


def result(image: Any, score: float | None = 0.9, x: float = 1) -> dict[str, Any]:
    values = {"image_id": image, "bbox": [x, 2, 10, 20], "category_id": 1}
    return values if score is None else values | {"score": score}


def test_names_with_folders_and_endings_best_first(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        [
            result("natural/a.jpg", 0.5, x=3),
            result("HIM2K/images/natural/a.jpg", 0.8, x=4),
            result("comp/a"),
            result("b.c.jpg", None),
            result("b.c", 0.4, x=7),
        ],
    )
    boxes = read_detections(path, SAMPLES).boxes
    assert boxes["natural/a"] == [(4, 2, 14, 22), (3, 2, 13, 22)]
    assert boxes["comp/a"] == [(1, 2, 11, 22)]
    assert boxes["natural/b.c"] == [(1, 2, 11, 22), (7, 2, 17, 22)]


def test_low_scores_are_left_out_and_images_without_boxes_stay(tmp_path: Path) -> None:
    boxes = read_detections(write(tmp_path, [result("comp/a", 0.34), result("comp/a", 0.35, x=5)]), SAMPLES).boxes
    assert boxes == {"comp/a": [(5, 2, 15, 22)], "natural/a": [], "natural/b.c": []}


def test_settings_that_leave_nothing_are_a_mistake(tmp_path: Path) -> None:
    path = write(tmp_path, [result("comp/a"), result("comp/a") | {"category_id": "1"}])
    assert len(read_detections(path, SAMPLES, category=1).boxes["comp/a"]) == 2
    with pytest.raises(InputError, match=r"none of 2 results of category 9 has a score from 0\.35 on"):
        read_detections(path, SAMPLES, category=9)
    with pytest.raises(InputError, match="none of 2 results has a score from 5 on"):
        read_detections(path, SAMPLES, 5)


def test_results_of_the_other_subset_are_left_out_not_taken_for_this(tmp_path: Path) -> None:
    natural = [sample for sample in SAMPLES if sample.id.startswith("natural")]
    path = write(tmp_path, [result("comp/a.jpg", x=9), result("images/natural/a.jpg"), result("comp/z")])
    boxes = read_detections(path, natural).boxes
    assert boxes["natural/a"] == [(1, 2, 11, 22)]
    assert boxes["natural/b.c"] == []
    with pytest.raises(InputError, match="of image 'elsewhere/a.jpg', which the benchmark does not have"):
        read_detections(write(tmp_path, [result("elsewhere/a.jpg")]), natural)
    with pytest.raises(InputError, match=r"of image 'a\.5', which the benchmark does not have"):
        read_detections(write(tmp_path, [result("a.5")]), natural)


def test_dataset_with_images_and_numbers(tmp_path: Path) -> None:
    content = {"images": [{"id": 7, "file_name": "natural/a.jpg"}], "annotations": [result(7)], "categories": []}
    assert read_detections(write(tmp_path, content), SAMPLES).boxes["natural/a"] == [(1, 2, 11, 22)]


def test_numbers_with_a_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "images.json").write_text(json.dumps({"images": [{"id": 3, "file_name": "natural/a.jpg"}]}))
    path = write(tmp_path, [result(3)])
    boxes = read_detections(path, SAMPLES, images=tmp_path / "images.json").boxes
    assert boxes["natural/a"] == [(1, 2, 11, 22)]
    with pytest.raises(InputError, match=r'boxes\.json has no list of "images"'):
        read_detections(path, SAMPLES, images=path)


def test_one_category_of_several(tmp_path: Path) -> None:
    path = write(tmp_path, [result("comp/a"), result("comp/a", x=5) | {"category_id": 18}])
    assert read_detections(path, SAMPLES, category=18).boxes["comp/a"] == [(5, 2, 15, 22)]
    with pytest.raises(InputError) as caught:
        read_detections(path, SAMPLES)
    assert str(caught.value) == (
        f"{path} has results of 2 categories (1, 18, ...); choose one with --category, 1 is COCO's person"
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([result("natural/z")], "result 0 is of image 'natural/z', which the benchmark does not have"),
        ([result("a.jpg")], "result 0 is of image 'a.jpg', which is the name of several; give their folders too"),
        ([result(12)], "result 0 is of image '12', a number: say with --boxes-images which file that is"),
        ([result("comp/a") | {"bbox": "1234"}], "result 0 is .*; expected .*width and height above 0"),
        ([result("")], "result 0 is of image '', which the benchmark does not have"),
        ([result("comp/a", float("nan"))], "result 0 is .*; expected"),
        ([result("comp/a") | {"bbox": [1, 2, 10**400, 4]}], "result 0 is .*; expected"),
        ([result("comp/a") | {"bbox": [1, 2, -3, 4]}], "result 0 is .*; expected"),
        ([result("comp/a") | {"bbox": [1, 2, float("nan"), 4]}], "result 0 is .*; expected"),
        ([result("comp/a"), {"image_id": "comp/a"}], "result 1 is {'image_id': 'comp/a'}; expected"),
        ([{"image_id": "comp/a", "bbox": [1, 2, 3]}], 'result 0 is .*; expected .* "bbox"'),
        (["x"], "result 0 is x; expected"),
        ({"images": [{"id": 7, "file_name": "comp/a"}], "annotations": [result(8)]}, "result 0 is .*; expected"),
        ({"images": [{"id": 7}], "annotations": []}, 'every one of "images" needs "id" and "file_name"'),
        ({"annotations": []}, 'is neither a list of results nor a dataset with "images" and "annotations"'),
    ],
)
def test_mistakes_are_one_sentence(content: Any, message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_detections(write(tmp_path, content), SAMPLES)
    assert str(caught.value).startswith(str(tmp_path / "boxes.json"))


def test_no_file_and_no_json(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"boxes\.json does not exist; expected a detector's COCO-style results"):
        read_detections(tmp_path / "boxes.json", SAMPLES)
    (tmp_path / "boxes.json").write_bytes(b"\x89PNG")
    with pytest.raises(InputError, match=r"boxes\.json is no JSON file"):
        read_detections(tmp_path / "boxes.json", SAMPLES)
