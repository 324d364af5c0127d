"""Compose one shard: every planned entity accounted for, results written whole or not at all.

The chain of an image: ``reading`` -> ``composition`` -> ``attributes`` -> ``language`` -> ``rows``.
"""

from collections import Counter
from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.labelling.earlier import EarlierRows
from pipelines.labelling.placing import Pictures
from pipelines.labelling.results import Results
from pipelines.records import Instance
from pipelines.refmatte.attributes import attributes_of
from pipelines.refmatte.composition import Composed, CompositionFailed, Layer, compose
from pipelines.refmatte.entities.pixels import Pixels
from pipelines.refmatte.index import read_plan
from pipelines.refmatte.job import ComposeJob
from pipelines.refmatte.language.expressions import write_expressions
from pipelines.refmatte.language.keywords import keywords
from pipelines.refmatte.planning import ARRANGEMENTS
from pipelines.refmatte.reading import Material, input_hash, marks_of, read_material
from pipelines.refmatte.records import Described, Planned, Scene
from pipelines.refmatte.rows import Finished, Rows

SOLID, LEAST_SOLID = 230, 256
"""Alpha from which a pixel shows no background to speak of, and how many such pixels name a colour."""
PLACING, WORDING = 0, 1
"""Streams of random numbers: what an image shows does not depend on how it is put in words."""


def compose_shard(job: ComposeJob, on_image: Callable[[], None] = lambda: None) -> Counter[str]:
    """Compose one shard's images, a manifest part and a rejects part.

    The manifest part is written last: a shard is done when it stands. Images whose plan, files and settings are as in
    an earlier part keep their rows and pictures.

    Args:
        job: the shard.
        on_image: called after each image.

    Returns:
        Counts as in the summary; beside them ``images_reused``, and ``matted``: mattes of this call.

    Raises:
        UserError: the shard's plan is damaged.
        OSError: the output cannot be read or written.
    """
    results, pictures, earlier = Results(), Pictures(job.config.out), EarlierRows(job)
    for planned in read_plan(job.index, job.shard, job.digest):
        results.counts["images"] += 1
        results.counts["entities"] += len(planned.entities)
        results.marks |= marks_of(planned)
        digest = input_hash(planned, job.config_hash)
        rows = earlier.standing(planned.image_id, digest)
        if rows:
            results.this_run["images_reused"] += 1
        else:
            rows = compose_image(job, planned, digest, pictures)
            results.this_run["matted"] += sum(row.reason is None for row in rows)
        results.rows += rows
        on_image()
    results.count_images()
    results.write(job, pictures.written)
    return results.counts + results.this_run


def compose_image(job: ComposeJob, planned: Planned, digest: str, pictures: Pictures) -> list[Instance]:
    """Compose one image and write its pictures; returns a row for each of its entities, accepted or rejected."""
    rows = Rows(job, planned, digest)
    material = read_material(planned)
    composed = _composed(job, planned, material)
    if composed is None:
        return rows.refused(material.refused, 1)
    assert material.background is not None
    scene = _scene(material, composed)
    expressions = write_expressions(scene, np.random.default_rng([planned.seed, WORDING]))
    finished = Finished(material.usable, composed, scene, expressions, keywords(scene), material.background.sha256)
    return rows.finished(finished, pictures) + rows.refused(material.refused, len(material.usable) + 1)


def _composed(job: ComposeJob, planned: Planned, material: Material) -> Composed | None:
    """The image; None where it cannot be composed, and then all entities are refused.

    Where the planned arrangement cannot be had, such as two people cut at the waist one above the other, another is
    tried.
    """
    if material.background is None or not material.usable:
        return None
    layers = [Layer(pixels.colours, pixels.alpha, entity.group, entity.category) for entity, pixels in material.usable]
    failures = []
    for number, arrangement in enumerate(sorted(ARRANGEMENTS, key=lambda name: name != planned.arrangement)):
        rng = np.random.default_rng([planned.seed, PLACING, number])
        try:
            return compose(layers, material.background.pixels, arrangement, job.config.composition, rng)
        except CompositionFailed as failure:
            failures.append(failure)
    material.refuse_all(failures[0].reason, f"image {planned.image_id}: {failures[0].detail}")
    return None


def _scene(material: Material, composed: Composed) -> Scene:
    """What is true of the image."""
    described = []
    for number, ((entity, pixels), alpha) in enumerate(zip(material.usable, composed.alphas, strict=True), 1):
        attributes = attributes_of(entity, *_coloured(pixels, composed.image, alpha))
        described.append(Described(number, entity.group, entity.category, attributes))
    return Scene(
        tuple(described), composed.facts, composed.possible_facts, composed.positions, composed.possible_positions
    )


def _coloured(
    pixels: Pixels, image: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The pixels that an entity's colour is named by: what is seen of it, without its background; of an entity that one
    sees through everywhere, its own."""
    solid = np.where(alpha >= SOLID, np.uint8(255), np.uint8(0))
    if np.count_nonzero(solid) < LEAST_SOLID:
        return pixels.colours, pixels.alpha
    x, y, w, h = cv2.boundingRect(solid)
    return image[y : y + h, x : x + w], solid[y : y + h, x : x + w]
