"""Stage 1, read: an image's annotations are sorted, its photo and its panoptic segments are read."""

from collections import Counter
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from pipelines.annotations.images import Photo, read_photo
from pipelines.annotations.panoptic import PanopticProblem, read_segment_ids
from pipelines.labelling.job import ShardJob
from pipelines.records import Annotation, ImageRecord
from pipelines.storage.files import Mark, mark
from pipelines.storage.safe_paths import ImageProblem, safe_path


@dataclass(slots=True)
class Sorted:
    """An image's annotations by what they are for.

    Attributes:
        subjects: of the categories that are matted.
        accessories: of the categories that may join a subject, and annotations that no category claims: they become
            reject rows.
        counts: how many there are of each kind.
    """

    subjects: list[Annotation] = field(default_factory=list)
    accessories: list[Annotation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class ReadImage:
    """What was read of an image.

    Attributes:
        photo: None where ``problem`` says why.
        segment_ids: (H, W) of the panoptic PNG, where masks come from one.
        problem: reason code and sentence, or None.
        input_hash: of all that the image's rows depend on.
        marks: fingerprints of the files looked at, by name; None for those that are not there.
    """

    photo: Photo | None = None
    segment_ids: NDArray[np.int64] | None = None
    problem: tuple[str, str] | None = None
    input_hash: str = ""
    marks: dict[str, Mark | None] = field(default_factory=dict)


def sort_annotations(record: ImageRecord, job: ShardJob) -> Sorted:
    """Tell subjects from accessories and from what is neither."""
    found, fusion = Sorted(), job.config.subjects()
    for annotation in record.annotations:
        found.counts["annotations"] += 1
        found.counts["crowds"] += annotation.iscrowd
        name = job.categories.get(annotation.category_id)
        if name is not None and fusion.is_subject(name):
            found.counts["subjects"] += 1
            found.subjects.append(annotation)
        elif name is not None and fusion.is_accessory(name):
            found.counts["accessories"] += 1
            found.accessories.append(annotation)
        elif name is None or annotation.problem:
            found.counts["unusable"] += 1
            if not annotation.problem:
                annotation.problem = "unknown_category"
                annotation.detail = f"category id {annotation.category_id} is not among the file's categories"
            found.accessories.append(annotation)
        else:
            found.counts["others"] += 1
    return found


def read_image(record: ImageRecord, job: ShardJob) -> ReadImage:
    """Read an image's photo, and its panoptic segments if masks come from them.

    ``record.file_name`` becomes the name under which the photo was found.
    """
    read, panoptic_digest = ReadImage(), ""
    if record.problem:
        read.problem = (record.problem, record.detail)
    else:
        try:
            read.photo = _photo(record, job, read)
            if job.panoptic:
                read.segment_ids, panoptic_digest = _segment_ids(record, job, read)
        except (ImageProblem, PanopticProblem) as error:
            read.problem = (error.reason, error.detail)
    known = [_without_rights(record), read.photo.sha256 if read.photo else None, panoptic_digest, read.problem]
    read.input_hash = sha256(orjson.dumps([*known, job.config_hash, job.weights])).hexdigest()[:16]
    return read


def _without_rights(record: ImageRecord) -> dict[str, Any]:
    """All of an image that its mattes depend on: a licence is not."""
    known: dict[str, Any] = orjson.loads(orjson.dumps(record))
    del known["rights"]
    return known


def _photo(record: ImageRecord, job: ShardJob, read: ReadImage) -> Photo:
    record.file_name = _found(record, job, read)
    path = safe_path(job.config.images, record.file_name)
    return read_photo(path, record.width, record.height, job.config.quality.max_image_pixels)


def _found(record: ImageRecord, job: ShardJob, read: ReadImage) -> str:
    """The photo's name below the image folder; every place looked at is noted, so that a change there is seen."""
    assert record.file_name is not None
    for name in record.lookups or [record.file_name]:
        read.marks[name] = mark(safe_path(job.config.images, name))
        if read.marks[name] is not None or not record.lookups:
            return name
    tried = ", ".join(f"{name!a:.80}" for name in record.lookups[:4])
    raise ImageProblem("image_missing", f"{record.file_name!a:.200}: none of {tried} is in the image folder")


def _segment_ids(record: ImageRecord, job: ShardJob, read: ReadImage) -> tuple[NDArray[np.int64], str]:
    if record.panoptic_file is None or job.panoptic is None:
        raise PanopticProblem("panoptic_missing", f"image {record.image_id} has no panoptic annotation")
    path = safe_path(job.panoptic, record.panoptic_file)
    read.marks[f"panoptic:{record.panoptic_file}"] = mark(path)
    return read_segment_ids(path, record.width, record.height)
