"""Stage 2, segment: annotations become masks, or rows that say why not."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.annotations.masks import MaskProblem
from pipelines.annotations.panoptic import VOID
from pipelines.labelling.fusion import Region
from pipelines.labelling.reading import ReadImage
from pipelines.labelling.rows import RowMaker
from pipelines.records import Annotation, ImageRecord, Instance


def regions(annotations: Iterable[Annotation], read: ReadImage, make: RowMaker) -> Iterator[Region | Instance]:
    """The masks of annotations, in order; what cannot be decoded is a row. Crowds of no subject are left out.

    Args:
        annotations: of the image.
        read: its photo, and the panoptic segments if masks come from there.
        make: makes the rows.
    """
    assert read.photo is not None
    height, width = read.photo.pixels.shape[:2]
    fusion = make.job.config.subjects()
    for annotation in annotations:
        category = make.job.categories.get(annotation.category_id, "")
        try:
            if annotation.problem:
                raise MaskProblem(annotation.problem, annotation.detail)
            if annotation.iscrowd and fusion.crowds == "reject":
                raise MaskProblem("crowd", "marked as a crowd: no single instance to matte")
            if read.segment_ids is None:
                rle = masks.to_rle(annotation.segmentation, width, height)
            else:
                rle = _segment_rle(read.segment_ids, annotation)
        except MaskProblem as problem:
            if problem.reason != "crowd" or fusion.is_subject(category):
                yield make.reject(annotation, problem.reason, problem.detail)
            continue
        yield Region(annotation.annotation_id, category, rle)


def unlisted_segments(record: ImageRecord, ids: NDArray[np.int64], make: RowMaker) -> Iterator[Instance]:
    """A row for every segment of the panoptic PNG that the annotations do not have."""
    listed = {a.annotation_id for a in record.annotations}
    for ident in np.unique(ids).tolist():
        if ident != VOID and ident not in listed:
            detail = f"segment id {ident} is in {record.panoptic_file} but not in the JSON"
            yield make.reject(Annotation(ident, 0), "segment_not_listed", detail)


def _segment_rle(ids: NDArray[np.int64], annotation: Annotation) -> dict[str, Any]:
    mask = ids == annotation.annotation_id
    if not mask.any():
        raise MaskProblem("mask_empty", f"segment {annotation.annotation_id} has no pixel in the panoptic PNG")
    return masks.encode(mask)
