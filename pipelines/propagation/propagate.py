"""From marked references to annotations of a target: match, segment, tell why not.

The prompt propagation module of the in-context matting pipeline (In-Context Matting, supplement, section 5.1): points
on a reference, their counterparts in a target by dense features, a mask by a promptable segmenter. What becomes of
the mask is the labelling job's business.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.annotations.images import Photo
from pipelines.config import short_name
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.config import SearchConfig
from pipelines.propagation.features import DenseFeatures, View
from pipelines.propagation.matching import Match, Target, find
from pipelines.propagation.references import Reference
from pipelines.propagation.segmenter import Encoding, Prompt, Segment, Segmenter
from pipelines.records import Annotation, ImageRecord, Origin
from pipelines.storage.files import write_whole

SAME = 0.5
"""Masks of one target with at least this IoU are of the same instance."""


@dataclass(frozen=True, slots=True)
class _Found:
    """An instance: which reference it came from, the match, what the segmenter was given and gave."""

    reference: Reference
    match: Match
    used: NDArray[np.bool_]
    segment: Segment | None


class Propagator:
    """Finds and segments the object of the references in targets.

    Args:
        references: of one object, at least one.
        features, segmenter: the methods.
        cache: keeps what they compute of targets.
        search: thresholds.
        out: output folder; similarity maps are written below it.
    """

    def __init__(
        self,
        references: Sequence[Reference],
        features: DenseFeatures,
        segmenter: Segmenter,
        cache: FeatureCache,
        search: SearchConfig,
        out: Path,
    ) -> None:
        self._references, self._features, self._segmenter = references, features, segmenter
        self._cache, self._search, self._out = cache, search, out
        self._min_score = features.min_score if search.min_score is None else search.min_score
        self._tolerance = features.tolerance if search.tolerance is None else search.tolerance

    def __call__(self, record: ImageRecord, photo: Photo) -> list[Annotation]:
        """The object's instances in one target, numbered from 1, or one annotation numbered 0 that says why not."""
        target = Target(self._cache.features(self._features, photo))
        candidates = self._candidates(target, photo)
        drawn = self._draw(record, target, candidates[0])
        good = [c for c in candidates if c.match.score >= self._min_score and c.match.kept[c.reference.positive].any()]
        if not good:
            return [self._nothing(candidates[0], drawn)]
        encoding = self._cache.encoding(self._segmenter, photo)
        found = _apart([self._segmented(photo, encoding, c) for c in good], self._search.min_agreement)
        return [self._annotation(number, item, drawn) for number, item in enumerate(found, 1)]

    def _candidates(self, target: Target, photo: Photo) -> list[_Found]:
        """Instances by every reference, best first. A reference among the targets is its own best match."""
        found = []
        for reference in self._references:
            own = [_itself(reference)] if photo.sha256 == reference.photo.sha256 else []
            matches = find(
                reference.object,
                target,
                self._features.views,
                tolerance=self._tolerance,
                min_similarity=self._search.min_similarity,
                chance=self._features.chance,
                most=self._search.max_instances,
                ratio=self._search.instance_ratio,
            )
            others = [match for match in matches if not (own and _in_place(match, reference))]
            found += own + [_Found(reference, match, np.zeros(len(match.kept), np.bool_), None) for match in others]
        return sorted(found, key=lambda item: -item.match.score)

    def _segmented(self, photo: Photo, encoding: Encoding, found: _Found) -> _Found:
        if found.segment is not None:
            return found
        reference, match = found.reference, found.match
        height, width = photo.pixels.shape[:2]
        outline = cv2.warpAffine(reference.mask.view(np.uint8), match.transform, (width, height))
        prompts = match.kept & (np.arange(len(match.kept)) < reference.prompts)
        if not prompts[reference.positive].any():
            prompts = match.kept
        points, positive = match.points[prompts], reference.positive[prompts]
        prompt = Prompt(points, positive, None, outline.astype(np.bool_), match.error)
        return _Found(reference, match, prompts, self._segmenter.segment(photo.pixels, encoding, prompt))

    def _annotation(self, number: int, found: _Found, drawn: tuple[str, str]) -> Annotation:
        assert found.segment is not None
        annotation = Annotation(number, 0, origin=self._origin(found, drawn))
        least = self._search.min_agreement
        if not found.segment.mask.any():
            annotation.problem, annotation.detail = "mask_empty", f"{self._segmenter.name} gives an empty mask"
        elif found.segment.agreement < least:
            annotation.problem = "points_disagree"
            annotation.detail = (
                f"{found.segment.agreement:.2f} of the propagated points lie on their side of the mask, "
                f"expected at least {least:g}"
            )
        else:
            annotation.segmentation = masks.encode(found.segment.mask)
        return annotation

    def _nothing(self, best: _Found, drawn: tuple[str, str]) -> Annotation:
        positive = best.reference.positive
        kept, all_ = int(best.match.kept[positive].sum()), int(positive.sum())
        detail = (
            f"object not found: best score {best.match.score:.3f}, expected at least {self._min_score:g} "
            f"({kept} of {all_} points have a match)"
        )
        return Annotation(0, 0, problem="object_not_found", detail=detail, origin=self._origin(best, drawn))

    def _origin(self, found: _Found, drawn: tuple[str, str]) -> Origin:
        reference, match = found.reference, found.match
        prompts = [
            {
                "reference_x": round(float(start[0]), 2),
                "reference_y": round(float(start[1]), 2),
                "x": round(float(end[0]), 2),
                "y": round(float(end[1]), 2),
                "positive": bool(positive),
                "score": round(float(score), 4),
                "used": bool(used),
            }
            for start, end, positive, score, used in zip(
                reference.points, match.points, reference.positive, match.scores, found.used, strict=True
            )
        ]
        return Origin(
            reference_path=reference.name,
            reference_sha256=reference.photo.sha256,
            object_score=round(match.score, 4),
            prompts=prompts,
            features=f"{self._features.name} ({self._features.revision})",
            segmenter=f"{self._segmenter.name} ({self._segmenter.revision})",
            similarity_path=drawn[0],
            similarity_sha256=drawn[1],
        )

    def _draw(self, record: ImageRecord, target: Target, best: _Found) -> tuple[str, str]:
        """Write the target's similarity map; returns its name below the output folder and the digest of its bytes."""
        assert record.file_name is not None
        object_ = best.reference.object
        levels = similarity_levels(target.similarity(object_.descriptors(best.match.view)[object_.positive]))
        content = cv2.imencode(".png", levels)[1].tobytes()
        digest = sha256(content).hexdigest()
        name = f"similarity/{short_name(Path(record.file_name).stem)}_{record.image_id:012d}-{digest[:12]}.png"
        write_whole(self._out / name, content, durable=False)
        return name, digest


def similarity_levels(alike: NDArray[np.float32]) -> NDArray[np.uint8]:
    """How much each place looks like any of the object's points: (h, w) uint8, cosine times 255, from (N, h, w)."""
    return np.asarray(np.rint(np.clip(alike.max(axis=0), 0, 1) * 255), np.uint8)


def _in_place(match: Match, reference: Reference) -> bool:
    """Whether a match on the reference itself is the marked object."""
    return bool(np.hypot(*(np.array(match.centre) - reference.object.centre)) < 0.5 * reference.object.extent)


def _itself(reference: Reference) -> _Found:
    """A reference that is one of the targets keeps the points and the mask it has."""
    count = len(reference.points)
    x, y = reference.object.centre.tolist()
    ones = np.ones(count, np.bool_)
    match = Match(View(), (x, y), reference.points, np.ones(count), ones, 1.0, np.eye(2, 3), 0.0)
    return _Found(reference, match, ones, Segment(reference.mask, 1.0, 1.0))


def _apart(found: Sequence[_Found], min_agreement: float) -> list[_Found]:
    """Instances, best first, without those whose mask a better one has; masks that disagree with points are worse."""
    kept: list[tuple[bool, float, _Found, NDArray[np.bool_]]] = []
    for item in found:
        assert item.segment is not None
        kept.append((item.segment.agreement >= min_agreement, item.match.score, item, item.segment.mask))
    chosen: list[tuple[float, _Found, NDArray[np.bool_]]] = []
    for _, score, item, mask in sorted(kept, key=lambda entry: (-entry[0], -entry[1])):
        if all(_iou(mask, other) < SAME for _, _, other in chosen):
            chosen.append((score, item, mask))
    return [item for _, item, _ in sorted(chosen, key=lambda entry: -entry[0])]


def _iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    either = int((a | b).sum())
    return int((a & b).sum()) / either if either else 0.0
