"""Stage 6, judge: a matte passes the gates of ``quality``, or its row says which one it failed."""

import cv2

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.config import QualityConfig
from pipelines.labelling import quality
from pipelines.labelling.candidates import Candidate
from pipelines.labelling.instance_matte import NO_KERNEL, Made
from pipelines.labelling.job import Methods
from pipelines.labelling.matting import MattingFailed
from pipelines.labelling.rows import refuse


class Judge:
    """Writes scores, and the reason of a reject, into the rows of candidates.

    Args:
        config: thresholds of the gates.
        methods: what made the mattes, and the second opinion on masks if there is one.
    """

    def __init__(self, config: QualityConfig, methods: Methods) -> None:
        self._config, self._methods = config, methods
        self._seen: Photo | None = None
        """What the second opinion was last shown."""

    def forget(self) -> None:
        """Let go of the last photo, which may be large."""
        self._seen = None

    def judge(self, candidate: Candidate, made: Made | MattingFailed) -> None:
        """Score a matte; the candidate's row has a reason if it is rejected."""
        row = candidate.instance
        row.matting_backend, row.matting_revision = self._methods.matting.name, self._methods.revision
        if isinstance(made, MattingFailed):
            refuse(row, quality.Verdict("matting_failed", str(made)))
            start = candidate.start
            x, y, w, h = masks.rect(candidate.mask_rle) if start is None else cv2.boundingRect(start.trimap)
            row.bbox = (int(x), int(y), int(w), int(h))
        elif not self._fails(candidate, made):
            self._ask(candidate)

    def _fails(self, candidate: Candidate, made: Made) -> bool:
        row = candidate.instance
        row.mask_iou = quality.mask_iou(made.alpha, made.mask)
        row.soft_fraction = quality.soft_fraction(made.alpha, made.trimap[made.extent])
        if candidate.start is None:
            row.kernel_size, row.unknown_fraction = NO_KERNEL, quality.unknown_fraction(made.trimap)
            if refuse(row, quality.judge_own_trimap(made.trimap, row.unknown_fraction, self._config)):
                return True
        return refuse(row, quality.judge_matte(row.mask_iou, self._config))

    def _ask(self, candidate: Candidate) -> None:
        """The second opinion."""
        agreement, row = self._methods.agreement, candidate.instance
        if agreement is None:
            return
        if candidate.photo is not self._seen:
            agreement.set_image(candidate.photo.pixels)
            self._seen = candidate.photo
        if row.accessory_annotation_ids and self._config.sam_exempts_fused:
            return
        row.sam_iou = agreement.iou_for(masks.decode(candidate.own_mask), masks.rect(candidate.own_mask))
        refuse(row, quality.judge_agreement(row.sam_iou, self._config))
