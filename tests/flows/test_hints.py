from pathlib import Path

from flows.hints import nothing_accepted
from tests.conftest import Dataset, label


def said(dataset: Dataset, images: Path) -> str:
    config = dataset.config(images=images)
    summary = label(config)
    return nothing_accepted(summary, config.out, config.images)[-1]


def test_photos_in_a_folder_below_are_pointed_to(dataset: Dataset) -> None:
    """As in a download of COCO, where annotations name photos of a split without its folder."""
    dataset.person(1)
    split = dataset.images / "train2017"
    (dataset.images / "annotations").mkdir()
    photo = next(path for path in dataset.images.iterdir() if path.is_file())
    split.mkdir()
    photo.rename(split / photo.name)
    assert said(dataset, dataset.images) == f"it is in {split}: give that folder as --images"


def test_photos_that_are_nowhere_leave_the_general_hint(dataset: Dataset) -> None:
    dataset.person(1)
    next(dataset.images.iterdir()).unlink()
    assert said(dataset, dataset.images) == "--images is the folder that the names in the annotations are below"


def test_names_of_other_tools_that_lead_outside_leave_the_general_hint(dataset: Dataset) -> None:
    """Label Studio's are absolute: looked up by their ends, never where they say."""
    dataset.person(1)
    dataset.coco["images"][0]["file_name"] = "/data/upload/1/a.jpg"
    (dataset.images / "train2017").mkdir()
    assert said(dataset, dataset.images) == "--images is the folder that the names in the annotations are below"
