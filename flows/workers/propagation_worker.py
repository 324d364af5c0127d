"""What runs inside a worker process of the propagation job: features, segmenter and references, loaded once."""

import time
from collections import Counter
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.workers.worker import backend_for, check_models, run_shard
from pipelines.config import ICON
from pipelines.errors import UserError
from pipelines.labelling.job import ShardJob
from pipelines.propagation.cache import FeatureCache
from pipelines.propagation.config import PropagationConfig
from pipelines.propagation.dense_sift import DenseSift
from pipelines.propagation.features import DenseFeatures, View
from pipelines.propagation.grabcut import GrabCut
from pipelines.propagation.in_context import InContextPropagator
from pipelines.propagation.in_context_network import InContext
from pipelines.propagation.prompts import Marks
from pipelines.propagation.propagate import Propagator, similarity_levels
from pipelines.propagation.references import Marked, Reference, prepare, read_mark
from pipelines.propagation.segmenter import Segmenter
from pipelines.storage.files import is_local, write_whole

WEIGHTS = {
    "dinov2": "facebook/dinov2-base",
    "dinov2-registers": "facebook/dinov2-with-registers-base",
    "dinov3": "facebook/dinov3-vitb16-pretrain-lvd1689m",
    "sam": "facebook/sam-vit-base",
    "hq-sam": "syscv-community/sam-hq-vit-base",
    "sam2": "facebook/sam2.1-hiera-base-plus",
}
"""Hub names of the base models, taken where no weights are named."""
PICTURE = 1024
"""Longer side in pixels of the references' pictures for the report."""


def features_for(config: PropagationConfig) -> DenseFeatures:
    """The configured features.

    Raises:
        ValueError, FileNotFoundError, ModuleNotFoundError: weights, device or libraries are not to be had.
    """
    if config.features == "dense-sift":
        if config.features_weights is not None:
            raise ValueError(f"dense-sift has no weights, but {config.features_weights!r} was given")
        return DenseSift()
    from matting_models.propagation.dino import DinoFeatures

    return DinoFeatures(config.features_weights or WEIGHTS[config.features], config.device, config.precision)


def segmenter_for(config: PropagationConfig) -> Segmenter:
    """The configured segmenter.

    Raises:
        ValueError, FileNotFoundError, ModuleNotFoundError: weights, device or libraries are not to be had.
    """
    if config.segmenter == "grabcut":
        if config.segmenter_weights is not None:
            raise ValueError(f"grabcut has no weights, but {config.segmenter_weights!r} was given")
        return GrabCut()
    from matting_models.propagation.sam import SamSegmenter

    return SamSegmenter(config.segmenter_weights or WEIGHTS[config.segmenter], config.device, config.precision)


@lru_cache(maxsize=1)
def _loaded(config: PropagationConfig) -> tuple[Propagator, list[Reference], DenseFeatures, Segmenter]:
    features, segmenter = features_for(config), segmenter_for(config)
    own = _of_references(config)
    pixels = config.quality.max_image_pixels
    references = [prepare(mark, features, segmenter, own, config.search, pixels) for mark in config.marks]
    cache = FeatureCache(config.cache.expanduser(), round(config.cache_gb * 1e9), time.time())
    return (
        Propagator(references, features, segmenter, cache, config.search, config.out),
        references,
        features,
        segmenter,
    )


def _in_context(config: PropagationConfig) -> tuple[InContextPropagator, list[Marked]]:
    """With the network that this process mattes with now: another job may have been between."""
    network = backend_for(config.matting)
    assert isinstance(network, InContext)
    return _loaded_in_context(config, network)


@lru_cache(maxsize=1)
def _loaded_in_context(config: PropagationConfig, network: InContext) -> tuple[InContextPropagator, list[Marked]]:
    segmenter = segmenter_for(config)
    own = _of_references(config)
    marked = [read_mark(mark, segmenter, own, config.quality.max_image_pixels) for mark in config.marks]
    return InContextPropagator(marked, network, own, config.search.min_score, config.out), marked


def _of_references(config: PropagationConfig) -> FeatureCache:
    """What references give stays with the output, so that every worker and every later run finds it; of an output on a
    store, with the cache."""
    kept = config.out / ".work" / "references" if is_local(config.out) else config.cache.expanduser() / "references"
    return FeatureCache(kept, 1 << 40, time.time())


def prepare_references(config: PropagationConfig) -> tuple[str, list[dict[str, Any]]]:
    """Load all that the settings name, so that a mistake shows before the first image, and draw the references.

    Returns:
        What runs where, for people to see, and the references as the summary lists them.

    Raises:
        UserError: weights, device, references or marks cannot be used.
    """
    matting = check_models(config)
    try:
        if config.matting.backend == ICON:
            _, marked = _in_context(config)
            return matting, [_drawn(config, number, reference) for number, reference in enumerate(marked)]
        _, references, features, segmenter = _loaded(config)
    except (ModuleNotFoundError, ValueError, FileNotFoundError) as error:
        raise UserError(str(error)) from None
    said = f"{features.name} ({features.revision}), {segmenter.name} ({segmenter.revision}), {matting}"
    return said, [_drawn_with_points(config, number, reference) for number, reference in enumerate(references)]


def run_propagation_shard(job: ShardJob) -> Counter[str]:
    """Find, segment and label one shard of targets in this process."""
    assert isinstance(job.config, PropagationConfig)
    if job.config.matting.backend == ICON:
        return run_shard(job, _in_context(job.config)[0])
    return run_shard(job, _loaded(job.config)[0])


def _drawn(config: PropagationConfig, number: int, reference: Marked | Reference) -> dict[str, Any]:
    """Write the pictures the report shows of a reference; returns what the summary says about it."""
    height, width = reference.photo.pixels.shape[:2]
    scale = min(1.0, PICTURE / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(reference.photo.pixels, size, interpolation=cv2.INTER_AREA)
    mask = cv2.resize(reference.mask.view(np.uint8) * np.uint8(255), size, interpolation=cv2.INTER_NEAREST)
    marks = reference.marks if isinstance(reference, Marked) else Marks(reference.points, reference.positive)
    marked = len(marks.points) if isinstance(reference, Marked) else reference.marked
    points = [
        {"x": x, "y": y, "positive": bool(positive), "marked": i < marked}
        for i, ((x, y), positive) in enumerate(zip(marks.points.tolist(), marks.positive, strict=True))
    ]
    return {
        "name": reference.name,
        "sha256": reference.photo.sha256,
        "picture": _write(config.out, f"references/{number}", small[:, :, ::-1], ".jpg"),
        "mask": _write(config.out, f"references/{number}-mask", mask, ".png"),
        "width": width,
        "height": height,
        "points": points,
        "box": list(reference.box) if reference.box else None,
    }


def _drawn_with_points(config: PropagationConfig, number: int, reference: Reference) -> dict[str, Any]:
    """The same, with how much each place of the reference looks like the object's points."""
    similarity = _write(config.out, f"references/{number}-similarity", _self_similarity(reference), ".png")
    return _drawn(config, number, reference) | {"similarity": similarity}


def _write(out: Path, stem: str, pixels: NDArray[Any], ending: str) -> str:
    """Returns the file's name below the output folder."""
    write_whole(out / f"{stem}{ending}", cv2.imencode(ending, np.ascontiguousarray(pixels))[1].tobytes())
    return f"{stem}{ending}"


def _self_similarity(reference: Reference) -> NDArray[np.uint8]:
    """How much each place of the reference looks like the object's points."""
    object_ = reference.object
    everywhere = object_.everywhere(View())
    alike = object_.descriptors(View())[object_.positive] @ everywhere.T
    return similarity_levels(alike.reshape(-1, *object_.grid_shape))
