"""Write the sample: images, annotations, true alphas, and last of all the marker that says it is complete."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.files import write_whole

SAMPLE_VERSION = 1
"""Raise it with every change that alters a byte of the sample."""
MARKER = "sample.json"
TINY = 1024
"""Pixels; people smaller than that get no true alpha (COCO's "small")."""


@dataclass(frozen=True, slots=True)
class SamplePaths:
    """Where a sample lies: the annotation file, the folder of images, the folder of true alphas."""

    annotations: Path
    images: Path
    truth: Path


def build_sample(out: Path, seed: int = 0) -> SamplePaths:
    """Build the sample, or find it built.

    Args:
        out: folder to build in; made if missing. A sample of another version or seed in it is replaced.
        seed: the same seed gives the same bytes.

    Returns:
        Paths below ``out``: ``annotations/instances_sample.json``, ``images``, and ``truth`` with one 8-bit gray
        PNG of full image size per person, named by annotation id.
    """
    paths = SamplePaths(out / "annotations" / "instances_sample.json", out / "images", out / "truth")
    marker = out / MARKER
    wanted = {"version": SAMPLE_VERSION, "seed": seed}
    if _is_built(marker, wanted, paths):
        return paths
    marker.unlink(missing_ok=True)
    for folder in (paths.annotations.parent, paths.images, paths.truth):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            if old.is_file():
                old.unlink()
    counts = _write_all(paths, seed)
    write_whole(marker, json.dumps({**wanted, **counts}, indent=1).encode())
    return paths


def _is_built(marker: Path, wanted: dict[str, int], paths: SamplePaths) -> bool:
    try:
        found = json.loads(marker.read_bytes())
    except (OSError, ValueError):
        return False
    return (
        isinstance(found, dict)
        and wanted.items() <= found.items()
        and paths.annotations.is_file()
        and len(list(paths.images.glob("*.jpg"))) == found.get("images")
        and len(list(paths.truth.glob("*.png"))) == found.get("truths")
    )


def _write_all(paths: SamplePaths, seed: int) -> dict[str, int]:
    """Render every scene and write it; returns how many images and true alphas there are."""
    # Heavy imports wait until there is something to build.
    from pipelines.sample.render import Rendered, categories, render

    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    scenes: list[Rendered] = []
    for scene in render(seed):
        images.append(scene.image)
        annotations += scene.annotations
        write_whole(paths.images / scene.image["file_name"], _encoded(scene.pixels, "JPEG"), durable=False)
        for ident, alpha in scene.truths.items():
            write_whole(paths.truth / f"{ident}.png", _encoded(alpha, "PNG"), durable=False)
        scenes.append(scene)
    document = {
        "info": {"description": "Mask2Matte sample", "version": str(SAMPLE_VERSION), "year": 2024, "url": ""},
        "licenses": [{"id": 1, "name": "CC0", "url": "https://creativecommons.org/publicdomain/zero/1.0/"}],
        "images": images,
        "annotations": annotations,
        "categories": categories(),
    }
    write_whole(paths.annotations, json.dumps(document).encode())
    return {"images": len(images), "truths": sum(len(scene.truths) for scene in scenes)}


def _encoded(pixels: Any, kind: str) -> bytes:
    """(H, W) or (H, W, 3) uint8 as a file's bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    options: dict[str, Any] = {"quality": 95, "subsampling": 0} if kind == "JPEG" else {"compress_level": 6}
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()
