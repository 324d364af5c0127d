from typing import Any

import pytest

from pipelines.annotations.coco import annotation_from_json, detect_format, whole_number


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, 7),
        ("000000139", 139),
        ("-2", -2),
        (139.0, 139),
        (1.5, None),
        (True, None),
        ("x", None),
        (None, None),
        (2**70, None),
    ],
)
def test_whole_number(value: Any, expected: int | None) -> None:
    assert whole_number(value) == expected


def test_detect_format() -> None:
    assert detect_format({"segments_info": []}) == "panoptic"
    assert detect_format({"segmentation": []}) == "instances"
    assert detect_format("rubbish") == "instances"


def test_annotation_keeps_what_it_needs() -> None:
    raw = {
        "id": 3,
        "category_id": 1,
        "iscrowd": 1,
        "bbox": [1, 2, 3, 4],
        "segmentation": [[0, 0, 1, 0, 1, 1]],
        "area": 1,
    }
    got = annotation_from_json(raw)
    assert (got.annotation_id, got.category_id, got.iscrowd, got.bbox) == (3, 1, True, (1.0, 2.0, 3.0, 4.0))
    assert got.problem is None


@pytest.mark.parametrize(
    ("raw", "detail"),
    [
        ({"category_id": 1}, '"id" is None, expected a whole number'),
        ({"id": 1, "category_id": "x"}, "\"category_id\" is 'x', expected a whole number"),
        ([1, 2], "not an object: [1, 2]"),
    ],
)
def test_malformed_annotations_say_why(raw: Any, detail: str) -> None:
    got = annotation_from_json(raw)
    assert (got.problem, got.detail) == ("annotation_malformed", detail)


@pytest.mark.parametrize("box", [None, [1, 2, 3], [1, 2, 3, "4"], "1234"])
def test_a_bad_box_is_no_box(box: Any) -> None:
    assert annotation_from_json({"id": 1, "category_id": 1, "bbox": box}).bbox is None
