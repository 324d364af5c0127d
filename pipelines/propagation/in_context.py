"""Propagation by one network that finds, segments and mattes at once (In-Context Matting, CVPR 2024)."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.config import short_name
from pipelines.errors import UserError
from pipelines.labelling.matting import MattingFailed
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.in_context_network import Discovery, InContext
from pipelines.propagation.references import Marked
from pipelines.propagation.segmenter import Encoding
from pipelines.records import Annotation, ImageRecord, Origin
from pipelines.storage.files import write_whole

INSIDE = 0.5
"""Alphas above it are the mask."""


class InContextPropagator:
    """Finds the object of the references in targets.

    Args:
        references: of one object, at least one.
        network: the method.
        cache: keeps what it computes of references.
        min_score: of the search's settings; None for the network's.
        out: output folder; similarity maps are written below it.

    Raises:
        UserError: the network cannot read a reference.
    """

    def __init__(
        self,
        references: Sequence[Marked],
        network: InContext,
        cache: FeatureCache,
        min_score: float | None,
        out: Path,
    ) -> None:
        self._first, self._network, self._out = references[0], network, out
        self._min_score = network.min_score if min_score is None else min_score
        self._remembered = network.remember(
            [(_encoded(reference, network, cache), reference.mask) for reference in references]
        )

    def __call__(self, record: ImageRecord, photo: Photo) -> list[Annotation]:
        """The object's mask in one target, numbered 1, or one annotation numbered 0 that says why not."""
        try:
            found = self._network.find(photo.pixels, self._remembered)
        except MattingFailed as failed:
            return [Annotation(0, 0, problem="matting_failed", detail=str(failed))]
        origin = self._origin(found, self._draw(record, found))
        mask = found.alpha > INSIDE
        if found.score < self._min_score or not mask.any():
            detail = f"object not found: score {found.score:.3f}, expected at least {self._min_score:g}"
            if found.score >= self._min_score:
                detail = f"object not found: no alpha is above {INSIDE:g}"
            return [Annotation(0, 0, problem="object_not_found", detail=detail, origin=origin)]
        return [Annotation(1, 0, segmentation=masks.encode(mask), origin=origin)]

    def _origin(self, found: Discovery, drawn: tuple[str, str]) -> Origin:
        method = f"{self._network.name} ({self._network.revision})"
        return Origin(
            reference_path=self._first.name,
            reference_sha256=self._first.photo.sha256,
            object_score=round(found.score, 4),
            prompts=[],
            features=method,
            segmenter=method,
            similarity_path=drawn[0],
            similarity_sha256=drawn[1],
        )

    def _draw(self, record: ImageRecord, found: Discovery) -> tuple[str, str]:
        """Write the similarity map, its largest value white; returns its name below the output folder, and digest."""
        assert record.file_name is not None
        levels = np.rint(found.similarity / found.similarity.max() * 255).astype(np.uint8)
        content = cv2.imencode(".png", levels)[1].tobytes()
        digest = sha256(content).hexdigest()
        name = f"similarity/{short_name(Path(record.file_name).stem)}_{record.image_id:012d}-{digest[:12]}.png"
        write_whole(self._out / name, content, durable=False)
        return name, digest


def _encoded(reference: Marked, network: InContext, cache: FeatureCache) -> Encoding:
    try:
        return cache.encoding(network.reader, reference.photo)
    except MattingFailed as failed:
        raise UserError(f"{reference.name}: the reference cannot be used: {failed}") from None
