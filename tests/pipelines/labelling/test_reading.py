"""The first stage: what an image's annotations are for, and what was read of it."""

from pathlib import Path

import pytest

from pipelines.config import CocoMattingConfig
from pipelines.labelling.job import ShardJob
from pipelines.labelling.reading import read_image, sort_annotations
from pipelines.records import Annotation, ImageRecord
from tests.conftest import Dataset


def job_of(config: CocoMattingConfig) -> ShardJob:
    return ShardJob(config, "", config.out, 0, 1, "", {1: "person", 31: "handbag", 18: "dog"})


def test_annotations_by_what_they_are_for(dataset: Dataset) -> None:
    person, bag, dog, stranger = Annotation(1, 1), Annotation(2, 31), Annotation(3, 18), Annotation(4, 99)
    broken = Annotation(5, 18, problem="annotation_malformed", detail="no category")
    crowd = Annotation(6, 1, iscrowd=True)
    record = ImageRecord(7, "a.png", 96, 80, [person, bag, dog, stranger, broken, crowd])

    found = sort_annotations(record, job_of(dataset.config()))

    assert found.subjects == [person, crowd]
    assert found.accessories == [bag, stranger, broken]
    assert (stranger.problem, broken.problem) == ("unknown_category", "annotation_malformed")
    assert found.counts == {
        "annotations": 6, "crowds": 1, "subjects": 2, "accessories": 1, "others": 1, "unusable": 2
    }  # fmt: skip


def test_every_place_looked_at_is_noted(dataset: Dataset) -> None:
    (dataset.images / "b").mkdir()
    dataset.add_image(1, "b/a.png")
    record = ImageRecord(1, "/data/b/a.png", 96, 80, lookups=["data/b/a.png", "b/a.png", "a.png"])

    read = read_image(record, job_of(dataset.config()))

    assert read.problem is None and read.photo is not None and read.photo.pixels.shape == (80, 96, 3)
    assert record.file_name == "b/a.png"
    assert [(name, mark is not None) for name, mark in read.marks.items()] == [
        ("data/b/a.png", False),
        ("b/a.png", True),
    ]


@pytest.mark.parametrize("what", ["pixels", "annotation", "settings", "weights"])
def test_the_hash_is_of_all_that_rows_depend_on(dataset: Dataset, what: str) -> None:
    path: Path = dataset.add_image(1, "a.png")
    job, record = job_of(dataset.config()), ImageRecord(1, "a.png", 96, 80, [Annotation(1, 1)])
    before = read_image(record, job).input_hash
    assert read_image(record, job).input_hash == before

    if what == "pixels":
        with path.open("ab") as file:
            file.write(b"x")
    elif what == "annotation":
        record.annotations[0].category_id = 31
    elif what == "settings":
        job = ShardJob(job.config, "other", job.index, 0, 1, "", job.categories)
    else:
        job = ShardJob(job.config, "", job.index, 0, 1, "", job.categories, weights="other")

    assert read_image(record, job).input_hash != before
