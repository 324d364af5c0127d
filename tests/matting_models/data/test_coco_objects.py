import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from matting_models.data.coco_objects import read_objects
from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem
from tests.matting_models.data.conftest import write_coco

SMALL = {"images": [{"id": 1, "file_name": "p.png", "height": 3, "width": 4}]}


def masked(root: Path, segmentation: Any) -> list[list[int]]:
    """The mask of one annotation on a picture of 4 x 3."""
    annotation = {"id": 5, "image_id": 1, "area": 9, "segmentation": segmentation}
    (root / "coco.json").write_text(json.dumps({**SMALL, "annotations": [annotation]}))
    return read_objects(root / "coco.json", root, 1)[0].mask().tolist()


def test_polygons_are_filled(tmp_path: Path) -> None:
    assert masked(tmp_path, [[0, 0, 1, 0, 1, 1, 0, 1], [3, 2, 3, 2]]) == [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 0, 1]]


def test_runs_go_down_the_columns(tmp_path: Path) -> None:
    runs = {"size": [3, 4], "counts": [1, 2, 4, 3, 2]}
    assert masked(tmp_path, runs) == [[0, 0, 0, 1], [1, 0, 1, 0], [1, 0, 1, 0]]


def test_compressed_runs_equal_those_of_pycocotools(tmp_path: Path) -> None:
    from pycocotools import mask as coco

    for seed in range(5):
        mask = np.random.default_rng(seed).random((70, 90)) < 0.5
        mask[10:60, 20:70] = True
        packed = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
        annotation = {"id": 5, "image_id": 1, "area": 9}
        annotation["segmentation"] = {"size": [70, 90], "counts": packed["counts"].decode()}
        images = [{"id": 1, "file_name": "p.png", "height": 70, "width": 90}]
        (tmp_path / "coco.json").write_text(json.dumps({"images": images, "annotations": [annotation]}))
        np.testing.assert_array_equal(read_objects(tmp_path / "coco.json", tmp_path, 1)[0].mask(), mask)


@pytest.mark.parametrize(
    ("segmentation", "message"),
    [
        ({"counts": [1, 2]}, "annotation 5 cannot be used: the runs of its mask cover 3 pixels, expected 12"),
        ({}, "annotation 5 cannot be used: no 'counts'"),
        ([], "annotation 5 cannot be used: it has no polygon"),
        ([[1, 2, 3]], "annotation 5 cannot be used: cannot reshape"),
    ],
)
def test_masks_that_cannot_be_used(tmp_path: Path, segmentation: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        masked(tmp_path, segmentation)


def test_crowds_and_small_objects_are_left_out(tmp_path: Path) -> None:
    root = write_coco(tmp_path, {"id": 8, "iscrowd": 1}, {"id": 9, "area": 5999})
    assert [found.ident for found in read_objects(root / "coco.json", root / "images", 6000)] == [7]
    with pytest.raises(
        InputError, match="none of the 3 annotations in .*coco.json has an area of at least 6401 and is"
    ):
        read_objects(root / "coco.json", root / "images", 6401)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{", "coco.json are not JSON: "),
        ("[]", "coco.json is no COCO annotations of instances: "),
        ('{"images": []}', "coco.json is no COCO annotations of instances: no 'annotations'"),
        ('{"images": [], "annotations": [{"id": 3, "image_id": 4, "area": 9}]}', "annotation 3 cannot be used: no 4"),
    ],
)
def test_files_that_are_not_coco(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "coco.json").write_text(text)
    with pytest.raises(InputError, match=message):
        read_objects(tmp_path / "coco.json", tmp_path, 1)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(MissingError, match="annotations .*none.json do not exist"):
        read_objects(tmp_path / "none.json", tmp_path, 1)
    with pytest.raises(MissingError, match="images folder .*gone does not exist"):
        read_objects(tmp_path / "none.json", tmp_path / "gone", 1)


def test_a_photo_of_another_size(tmp_path: Path) -> None:
    root = write_coco(tmp_path)
    cv2.imwrite(str(root / "images/p.png"), np.zeros((4, 5, 3), np.uint8))
    with pytest.raises(PictureProblem, match="p.png is 5x4, expected 160x120 as its annotations say"):
        read_objects(root / "coco.json", root / "images", 1)[0].photo(root / "images")
