"""Composing RefMatte images against the plain way, on the same plan, in one run: ``python -m benchmarks.refmatte``.

The plain way is one process that does for every planned image: read its entities and background, paste each at a random
place in floating point over the whole frame, write the image as JPEG, alphas and trimaps of one fixed kernel as PNG. It
places without looking, knows no relation and writes no words. Ours is the shard worker as the flow runs it. Both are
warm. Then the plan for the paper's 47,500 images.
"""

import shutil
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.composing import open_composition
from flows.job import Opened
from flows.workers.pool import workers
from flows.workers.refmatte_worker import run_refmatte_shard
from pipelines.refmatte.config import RefMatteConfig
from pipelines.refmatte.index import read_plan
from pipelines.refmatte.records import Planned
from pipelines.sample.entities.build import build_entities
from pipelines.storage.lock import locked

COUNT = 240
PAPER = 47_500
PROCESSES = 2
KERNEL = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (25, 25))


def opened(scratch: Path, name: str, count: int) -> tuple[RefMatteConfig, Opened]:
    config = RefMatteConfig(
        foregrounds=(scratch / "entities",),
        backgrounds=scratch / "entities" / "backgrounds",
        out=scratch / name,
        count=count,
        images_per_shard=16,
    )
    with locked(config.out):
        return config, open_composition(config)


def measure_ours(scratch: Path, processes: int) -> tuple[float, Path]:
    """Seconds with warm worker processes, and the output."""
    config, work = opened(scratch, f"ours-{processes}", COUNT)
    warm = opened(scratch, f"warm-{processes}", 64)[1].plan.jobs
    with workers(processes, work.shards) as pool:
        list(pool.map(run_refmatte_shard, warm))
        started = time.perf_counter()
        list(pool.map(run_refmatte_shard, work.plan.jobs))
        return time.perf_counter() - started, config.out


def plain(images: Sequence[Planned], out: Path) -> float:
    """Seconds of the plain way in this process."""
    out.mkdir()
    started = time.perf_counter()
    for planned in images:
        _plain_image(planned, out)
    return time.perf_counter() - started


def _plain_image(planned: Planned, out: Path) -> None:
    rng = np.random.default_rng(planned.seed)
    image = _resized(cv2.imread(str(planned.background.path)), 1024).astype(np.float32)
    alphas: list[NDArray[np.float32]] = []
    for entity in planned.entities:
        rgba = _resized(cv2.imread(str(entity.colours), cv2.IMREAD_UNCHANGED), 400)
        frame = np.zeros((*image.shape[:2], 4), np.float32)
        h, w = min(rgba.shape[0], frame.shape[0]), min(rgba.shape[1], frame.shape[1])
        y, x = int(rng.integers(frame.shape[0] - h + 1)), int(rng.integers(frame.shape[1] - w + 1))
        frame[y : y + h, x : x + w] = rgba[:h, :w]
        alpha = frame[..., 3:] / 255
        image = frame[..., :3] * alpha + image * (1 - alpha)
        alphas = [below * (1 - alpha[..., 0]) for below in alphas] + [alpha[..., 0]]
    cv2.imwrite(str(out / f"{planned.image_id}.jpg"), np.rint(image).astype(np.uint8))
    for number, alpha in enumerate(alphas):
        levels = np.rint(alpha * 255).astype(np.uint8)
        trimap = np.where(cv2.erode(levels, KERNEL) == 255, 255, np.where(cv2.dilate(levels, KERNEL) == 0, 0, 128))
        cv2.imwrite(str(out / f"{planned.image_id}_{number}.png"), levels)
        cv2.imwrite(str(out / f"{planned.image_id}_{number}_trimap.png"), trimap.astype(np.uint8))


def _resized(pixels: NDArray[np.uint8] | None, longest: int) -> NDArray[np.uint8]:
    assert pixels is not None
    scale = longest / max(pixels.shape[:2])
    size = round(pixels.shape[1] * scale), round(pixels.shape[0] * scale)
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)


def main() -> None:
    cv2.setNumThreads(1)
    scratch = Path(tempfile.mkdtemp(prefix="refmatte-"))
    try:
        build_entities(scratch / "entities")
        _, work = opened(scratch, "plan", COUNT)
        images = [image for job in work.plan.jobs for image in read_plan(job.index, job.shard, job.digest)]
        plain(images[:8], scratch / "warm")
        seconds = {"plain way, 1 process": plain(images, scratch / "plain")}
        seconds["ours, 1 process"], _ = measure_ours(scratch, 1)
        seconds[f"ours, {PROCESSES} worker processes"], out = measure_ours(scratch, PROCESSES)
        for name, spent in seconds.items():
            print(f"{name:28} {COUNT / spent:6.2f} images/s {1000 * spent / COUNT:7.1f} ms each")
        *_, ours = seconds.values()
        print(f"{'ratio':28} {seconds['plain way, 1 process'] / ours:6.2f}")
        files = [path for folder in ("composed", "alphas", "trimaps") for path in (out / folder).iterdir()]
        size = sum(path.stat().st_size for path in files) / COUNT
        print(f"{PAPER:,} images: {PAPER * ours / COUNT / 60:.0f} minutes, {PAPER * size / 1e9:.1f} GB")
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


if __name__ == "__main__":
    main()
