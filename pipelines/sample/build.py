"""Build the sample on disk: images, annotations and true alphas."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from pipelines.files import write_whole
from pipelines.sample.annotate import CATEGORIES, SMALL, annotate, degenerate
from pipelines.sample.plan import SHOTS
from pipelines.sample.scene import Scene, render

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
    if _complete(marker, wanted, out):
        return paths
    marker.unlink(missing_ok=True)
    for folder in (paths.annotations.parent, paths.images, paths.truth):
        folder.mkdir(parents=True, exist_ok=True)
    for stale in (*paths.images.glob("*.jpg"), *paths.truth.glob("*.png")):
        stale.unlink()
    images, annotations = _write_images(paths, seed)
    write_whole(paths.annotations, _json(_dataset(images, annotations)), durable=False)
    names = sorted(str(p.relative_to(out)) for p in (*paths.images.glob("*.jpg"), *paths.truth.glob("*.png")))
    write_whole(marker, _json(wanted | {"files": [str(paths.annotations.relative_to(out)), *names]}))
    return paths


def _complete(marker: Path, wanted: dict[str, int], out: Path) -> bool:
    """Whether the marker tells of the wanted sample and all its files stand."""
    try:
        found = json.loads(marker.read_bytes())
        files = found.pop("files")
    except (OSError, ValueError, KeyError, AttributeError):
        return False
    return bool(found == wanted) and all((out / name).is_file() for name in files)


def _write_images(paths: SamplePaths, seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for i, shot in enumerate(SHOTS):
        image_id = _FIRST_IMAGE + i
        rng = np.random.default_rng([seed, i])
        scene = render(shot, rng)
        name = f"{image_id:012d}.jpg"
        write_whole(paths.images / name, _encoded(scene.pixels, "JPEG", quality=95), durable=False)
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
        gray = np.round(truth * 255).clip(0, 255).astype(np.uint8)
        write_whole(folder / f"{annotation['id']}.png", _encoded(gray, "PNG", compress_level=6), durable=False)


def _encoded(pixels: NDArray[np.uint8], kind: str, **options: int) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def _dataset(images: list[dict[str, Any]], annotations: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "info": {
            "description": "Mask2Matte sample: drawn people with true alpha",
            "version": str(SAMPLE_VERSION),
            "contributor": "Mask2Matte; textures from the photographs in scikit-image",
        },
        "licenses": [
            {"id": 1, "name": "See the licences of scikit-image's data folder", "url": "https://scikit-image.org"}
        ],
        "images": images,
        "annotations": annotations,
        "categories": [
            {"supercategory": group, "id": number, "name": name} for name, (number, group) in CATEGORIES.items()
        ],
    }


def _json(content: Any) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode() + b"\n"
