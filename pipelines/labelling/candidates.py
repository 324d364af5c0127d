"""Stages 3 and 4, fuse and trimap: masks become instances that await their matte, or rows that say why not."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.labelling import quality
from pipelines.labelling.fusion import Region, fused_mask, with_accessories
from pipelines.labelling.instance_matte import Made, Start, made_from_mask, made_from_trimaps, start_from
from pipelines.labelling.job import Methods
from pipelines.labelling.matting import MaskMatting, MattingFailed
from pipelines.labelling.rows import RowMaker, refuse
from pipelines.records import Annotation, Instance


@dataclass(slots=True)
class Candidate:
    """An instance that awaits its matte.

    Attributes:
        instance: its row so far.
        own_mask: run lengths of the subject without what was fused into it.
        photo: the whole photo.
        start: None where the method starts from the mask.
    """

    instance: Instance
    own_mask: dict[str, Any]
    photo: Photo
    start: Start | None

    @property
    def mask_rle(self) -> dict[str, Any]:
        """The fused mask, which every instance that got this far has."""
        assert self.instance.mask_rle is not None
        return self.instance.mask_rle


class CandidateMaker:
    """Fuses accessories into the subjects of one photo, and makes trimaps where the method wants them.

    Args:
        photo: the photo.
        make: makes its rows.
        methods: what will make the mattes.
    """

    def __init__(self, photo: Photo, make: RowMaker, methods: Methods) -> None:
        self._photo, self._make, self._methods = photo, make, methods
        self._config = make.job.config

    def candidates(
        self, subjects: Sequence[Annotation], regions: list[Region], things: list[Region]
    ) -> Iterator[Candidate | Instance]:
        """An instance per subject's region, or the row of one that a gate refuses.

        Args:
            subjects: annotations that ``regions`` come from.
            regions: of the subjects.
            things: of the accessories.
        """
        by_id = {a.annotation_id: a for a in reversed(subjects) if a.problem is None}
        for subject, parts in with_accessories(regions, things, self._config.subjects()):
            row = self._make.row(by_id[subject.annotation_id])
            row.accessory_annotation_ids = [p.annotation_id for p in parts]
            row.accessory_categories = [p.category for p in parts]
            row.mask_rle = fused_mask(subject, parts)
            row.mask_area = masks.area(row.mask_rle)
            candidate = self._candidate(row, subject)
            if candidate is None:
                x, y, w, h = masks.rect(row.mask_rle)
                row.bbox = (int(x), int(y), int(w), int(h))
            yield candidate or row

    def _candidate(self, row: Instance, subject: Region) -> Candidate | None:
        if refuse(row, quality.judge_mask(masks.area(subject.rle), self._config.quality)):
            return None
        if isinstance(self._methods.matting, MaskMatting):
            return Candidate(row, subject.rle, self._photo, None)
        try:
            start = self._start(row)
        except MattingFailed as error:
            row.matting_backend, row.matting_revision = self._methods.matting.name, self._methods.revision
            refuse(row, quality.Verdict("matting_failed", str(error)))
            return None
        row.kernel_size = start.kernel_size
        row.unknown_fraction = quality.unknown_fraction(start.trimap)
        if refuse(row, quality.judge_trimap(start.trimap, row.unknown_fraction, self._config.quality)):
            return None
        return Candidate(row, subject.rle, self._photo, start)

    def _start(self, row: Instance) -> Start:
        matting = self._methods.matting
        assert row.mask_rle is not None and not isinstance(matting, MaskMatting)
        mask = masks.decode(row.mask_rle)
        return start_from(mask, self._photo.pixels, self._config.trimap, matting, self._methods.trimaps)


def mattes(candidates: Sequence[Candidate], methods: Methods) -> Iterator[Made | MattingFailed]:
    """Stage 5, matte: in order; from masks one at a time, as whole photos are large, from trimaps in batches."""
    if isinstance(methods.matting, MaskMatting):
        for item in candidates:
            yield made_from_mask(methods.matting, item.photo.pixels, masks.decode(item.mask_rle))
    else:
        yield from made_from_trimaps(methods.matting, [item.start for item in candidates if item.start is not None])
