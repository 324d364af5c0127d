"""The last stage of a composed image: its rows, and their pictures."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.annotations import masks
from pipelines.labelling import quality
from pipelines.labelling.instance_matte import NO_KERNEL
from pipelines.labelling.placing import Pictures
from pipelines.records import Instance
from pipelines.refmatte.composition import Composed, trimap_of
from pipelines.refmatte.config import REVISION
from pipelines.refmatte.entities.pixels import Pixels
from pipelines.refmatte.job import ComposeJob
from pipelines.refmatte.reading import Refused
from pipelines.refmatte.records import Background, Entity, Expression, Planned, Scene

MASK = 128
"""Alphas from here on are the mask."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A composed image.

    Attributes:
        entities: with their pixels, in order of their numbers.
        composed: the image, and what is visible of each.
        scene: what is true of it.
        expressions: by number.
        keywords: by number; None where the image is not of the keyword setting.
        background_sha256: of the background's file.
    """

    entities: Sequence[tuple[Entity, Pixels]]
    composed: Composed
    scene: Scene
    expressions: Mapping[int, list[Expression]]
    keywords: Mapping[int, str] | None
    background_sha256: str


class Rows:
    """Makes the rows of one planned image.

    Args:
        job: the shard.
        planned: the image.
        input_hash: of all that it is made from.
    """

    def __init__(self, job: ComposeJob, planned: Planned, input_hash: str) -> None:
        self._job, self._planned, self._input_hash = job, planned, input_hash

    def refused(self, refused: Sequence[Refused], first: int) -> list[Instance]:
        """Rows of entities that did not get into the image, numbered from ``first``."""
        rows = [self._row(one.entity, number, "", (0, 0)) for number, one in enumerate(refused, first)]
        for row, one in zip(rows, refused, strict=True):
            row.reason, row.detail = one.reason, one.detail
        return rows

    def finished(self, image: Finished, pictures: Pictures) -> list[Instance]:
        """Write the pictures of an image; returns the rows of its entities."""
        quality_of = [cv2.IMWRITE_JPEG_QUALITY, self._job.config.jpeg_quality]
        # Colours of fine hair would bleed with colour subsampling.
        whole = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
        content = cv2.imencode(".jpg", image.composed.image[..., ::-1], [*quality_of, *whole])[1].tobytes()
        composed = pictures.write("composed", content, f"{self._planned.image_id:012d}", ".jpg")
        return [
            self._finished(image, number, entity, alpha, composed, pictures)
            for number, ((entity, _), alpha) in enumerate(zip(image.entities, image.composed.alphas, strict=True), 1)
        ]

    def _finished(
        self,
        image: Finished,
        number: int,
        entity: Entity,
        alpha: NDArray[np.uint8],
        composed: tuple[str, str],
        pictures: Pictures,
    ) -> Instance:
        row = self._row(entity, number, Path(composed[0]).name, alpha.shape)
        row.image_sha256 = composed[1]
        row.composed_path, row.composed_sha256 = composed
        described = image.scene.entities[number - 1]
        row.attributes = [{"name": name, "value": value} for name, value in described.attributes]
        row.keyword = image.keywords[number] if image.keywords is not None else None
        row.expressions = [asdict(expression) for expression in image.expressions.get(number, [])]
        row.relations = [
            {"relation": fact.relation, "other": fact.other}
            for fact in sorted(image.scene.facts, key=lambda fact: (fact.other, fact.relation))
            if fact.subject == number
        ]
        row.sources = _sources(number, image, self._planned.background)
        row.license_name, row.license_url = _licence(row.sources)
        _measure(row, alpha, trimap := trimap_of(alpha))
        if not row.expressions:
            row.reason = "no_expression"
            row.detail = f"nothing that can be said of the {entity.category} fits it alone"
            return row
        stem = f"{row.image_id:012d}_{number}"
        row.alpha_path, row.alpha_sha256 = pictures.write_png("alphas", alpha, stem)
        row.trimap_path, row.trimap_sha256 = pictures.write_png("trimaps", trimap, stem)
        return row

    def _row(self, entity: Entity, number: int, image_path: str, shape: tuple[int, ...]) -> Instance:
        planned, config = self._planned, self._job.config
        return Instance(
            sample_id=f"{config.dataset}-{planned.split}-{planned.image_id:012d}-{number}",
            dataset=config.dataset,
            split=planned.split,
            image_id=planned.image_id,
            annotation_id=number,
            category=entity.category,
            image_path=image_path,
            image_width=shape[1],
            image_height=shape[0],
            group=entity.group,
            sources=[_source("entity", entity.dataset, entity.entity_id, "", entity.rights)],
            matting_backend="composed",
            matting_revision=str(REVISION),
            input_hash=self._input_hash,
            config_hash=self._job.config_hash,
        )


def _measure(row: Instance, alpha: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> None:
    """What every row of a manifest says of its matte; the mask is where alpha is at least a half."""
    x, y, w, h = cv2.boundingRect(alpha)
    row.bbox = (x, y, w, h)
    levels = (alpha / np.float32(255)).astype(np.float32)
    mask = (alpha >= MASK).astype(np.uint8)
    row.mask_rle, row.mask_area = masks.as_text(masks.encode(mask)), int(mask.sum())
    row.kernel_size = NO_KERNEL
    row.unknown_fraction = quality.unknown_fraction(trimap)
    row.mask_iou = quality.mask_iou(levels, mask)
    row.soft_fraction = quality.soft_fraction(levels, trimap)


def _sources(number: int, image: Finished, background: Background) -> list[dict[str, Any]]:
    """What the image is made of, the row's own entity first."""
    first, *others = sorted(range(len(image.entities)), key=lambda index: (index != number - 1, index))
    made = [image.entities[index] for index in (first, *others)]
    entities = [_source("entity", e.dataset, e.entity_id, pixels.sha256, e.rights) for e, pixels in made]
    ground = _source("background", "backgrounds", background.name, image.background_sha256, background.rights)
    return [*entities, ground]


def _source(role: str, dataset: str, name: str, digest: str, rights: Any) -> dict[str, Any]:
    return {"role": role, "dataset": dataset, "name": name, "sha256": digest} | asdict(rights)


def _licence(sources: Sequence[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """Name and URL of the image's licence: those of all that it is made of, joined by "and"; None where one of them
    states none, the URL also where there are several."""
    names = sorted({source["license_name"] or "" for source in sources})
    urls = {source["license_url"] for source in sources}
    if "" in names:
        return None, None
    return " and ".join(names), urls.pop() if len(urls) == 1 else None
