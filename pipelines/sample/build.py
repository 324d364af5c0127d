"""Build the sample on disk: images, annotations and true alphas."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.sample.annotate import CATEGORIES, SMALL, annotate, degenerate
from pipelines.sample.disk import as_json, encoded, is_complete, mark_complete, to_bytes
from pipelines.sample.plan import SHOTS
from pipelines.sample.scene import Scene, render
from pipelines.sample.textures import LICENCE, LICENCE_URL
from pipelines.storage.files import write_whole

SAMPLE_VERSION = 1
"""Raise when the pictures change: samples of another version are built anew."""
_MARKER = "sample.json"
_FIRST_IMAGE = 101


@dataclass(frozen=True, slots=True)
class SamplePaths:
    """Where a sample lies.

    Attributes:
        annotations: COCO instances JSON.
        images: folder of the JPEG images.
        truth: folder of the true alphas, ``<annotation id>.png``, 8-bit gray, of whole images.
    """

    annotations: Path
    images: Path
    truth: Path


def build_sample(out: Path, seed: int = 0) -> SamplePaths:
    """Build the embedded sample: a small COCO dataset of drawn people whose true alpha is known.

    Everything follows from the seed. A complete sample of this version and seed is left as it is; an interrupted one
    is built anew.

    Args:
        out: folder to write, made if missing.
        seed: of all random choices.
    """
    paths = SamplePaths(out / "annotations" / "instances_sample.json", out / "images", out / "truth")
    marker = out / _MARKER
    wanted = {"version": SAMPLE_VERSION, "seed": seed}
    if is_complete(marker, wanted):
        return paths
    marker.unlink(missing_ok=True)
    for folder in (paths.annotations.parent, paths.images, paths.truth):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (*paths.images.glob("*.jpg"), *paths.truth.glob("*.png")):
        stale.unlink()
    images, annotations = _write_images(paths, seed)
    write_whole(paths.annotations, as_json(_dataset(images, annotations)), durable=False)
    pictures = sorted((*paths.images.glob("*.jpg"), *paths.truth.glob("*.png")))
    mark_complete(marker, wanted, (paths.annotations, *pictures))
    return paths


def _write_images(paths: SamplePaths, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for i, shot in enumerate(SHOTS):
        image_id = _FIRST_IMAGE + i
        rng = np.random.default_rng([seed, i])
        scene = render(shot, rng)
        name = f"{image_id:012d}.jpg"
        write_whole(paths.images / name, encoded(scene.pixels, "JPEG", quality=95), durable=False)
        images.append({"license": 1, "file_name": name, "height": shot.size[1], "width": shot.size[0], "id": image_id})
        found = annotate(scene.things, image_id, image_id * 100, rng)
        _write_truth(paths.truth, scene, found, image_id * 100)
        annotations += found
        if any(prop.kind == "crowd" for prop in shot.props):
            annotations.append(degenerate(12.0, 250.0, image_id, image_id * 100 + 99))
    return images, annotations


def _write_truth(folder: Path, scene: Scene, found: list[dict[str, Any]], first_id: int) -> None:
    """True alphas of the annotated people that are not tiny."""
    for annotation in found:
        truth = scene.things[annotation["id"] - first_id].truth
        if truth is None or annotation["area"] < SMALL:
            continue
        write_whole(
            folder / f"{annotation['id']}.png", encoded(to_bytes(truth), "PNG", compress_level=6), durable=False
        )


def _dataset(images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "info": {
            "description": "Mask2Matte sample: drawn people with true alpha",
            "version": str(SAMPLE_VERSION),
            "contributor": "Mask2Matte; textures from the photographs in scikit-image",
        },
        "licenses": [{"id": 1, "name": LICENCE, "url": LICENCE_URL}],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"supercategory": group, "id": number, "name": name} for name, (number, group) in CATEGORIES.items()
        ],
    }
