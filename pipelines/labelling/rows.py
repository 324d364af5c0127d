"""Rows of one image's instances, accepted or rejected."""

from dataclasses import asdict

import numpy as np

from pipelines.labelling.job import ShardJob
from pipelines.labelling.quality import Verdict
from pipelines.labelling.reading import ReadImage
from pipelines.records import Annotation, ImageRecord, Instance


class RowMaker:
    """Makes the rows of one image."""

    def __init__(self, record: ImageRecord, read: ReadImage, job: ShardJob) -> None:
        self.record, self.job = record, job
        self._photo, self._input_hash = read.photo, read.input_hash

    def row(self, annotation: Annotation) -> Instance:
        """The row of an annotation, without mask or matte."""
        record, config = self.record, self.job.config
        category = self.job.categories.get(annotation.category_id, "")
        height, width = self._photo.pixels.shape[:2] if self._photo else (0, 0)
        origin = asdict(annotation.origin) if annotation.origin else {}
        name = f"{config.dataset}-{config.split_name()}-{record.image_id:012d}-{annotation.annotation_id}"
        return Instance(
            sample_id=name,
            dataset=config.dataset,
            split=config.split_name(),
            image_id=record.image_id,
            annotation_id=annotation.annotation_id,
            category=category,
            image_path=record.file_name or "",
            image_width=record.width or width,
            image_height=record.height or height,
            image_sha256=self._photo.sha256 if self._photo else None,
            exif_orientation=self._photo.exif_orientation if self._photo else 1,
            input_hash=self._input_hash,
            config_hash=self.job.config_hash,
            **asdict(record.rights),
            **origin,
        )

    def reject(self, annotation: Annotation, reason: str, detail: str) -> Instance:
        """The row of an annotation that gives no matte."""
        row = self.row(annotation)
        row.reason, row.detail = reason, detail
        if annotation.bbox and all(np.isfinite(annotation.bbox)) and max(map(abs, annotation.bbox)) < 2**31:
            x, y, w, h = annotation.bbox
            row.bbox = (round(x), round(y), round(w), round(h))
        return row


def refuse(row: Instance, verdict: Verdict | None) -> bool:
    """Write down why a row is rejected, if it is; returns whether."""
    if verdict is None:
        return False
    row.reason, row.detail = verdict.reason, verdict.detail
    return True
