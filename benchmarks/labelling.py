"""Labelling speed against the plain way, on the same images, in one run: ``python -m benchmarks.labelling``.

The plain way is one process that does for every instance: cv2.imread, annToMask, a whole-image trimap,
pymatting.estimate_alpha_cf on the whole image, cv2.imwrite. Ours is the shard worker as the flow runs it.
Both are warm: imports and numba's compilation are not counted.
"""

import contextlib
import io
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pycocotools.coco import COCO

from flows.job import Opened, open_output
from flows.workers.pool import workers
from flows.workers.worker import backend_for, run_shard
from pipelines.config import CocoMattingConfig
from pipelines.labelling.job import Methods
from pipelines.labelling.shard import label_shard
from pipelines.records import Instance
from pipelines.storage.lock import locked
from pipelines.storage.manifest import read_folder, working

PLAIN = {"matting": {"backend": "closed-form"}, "trimap": {"rule": "paper"}}
"""What the plain way does: the closed form on the paper's trimap."""
DEFAULT = {"matting": {"backend": "mask-to-matte"}}
SHARED = Path(__file__).resolve().parents[2] / "shared" / "coco-sample"


@dataclass(frozen=True)
class Source:
    """A dataset to measure on."""

    name: str
    annotations: Path
    images: Path


def sources(scratch: Path) -> list[Source]:
    """Both splits of the shared COCO sample, or the embedded sample without it."""
    if SHARED.is_dir():
        return [
            Source(split, SHARED / "annotations" / f"instances_{split}.json", SHARED / "images" / split)
            for split in ("train2017", "val2017")
        ]
    from pipelines.sample import build_sample

    made = build_sample(scratch / "sample")
    return [Source("embedded", made.annotations, made.images)]


def opened(source: Source, out: Path, **settings: object) -> tuple[CocoMattingConfig, Opened]:
    config = CocoMattingConfig.model_validate(
        {
            "annotations": source.annotations,
            "images": source.images,
            "out": out,
            "images_per_shard": 8,
            **(settings or PLAIN),
        }
    )
    with locked(out):
        return config, open_output(config)


def measure_ours(found: Sequence[Source], scratch: Path, processes: int, settings: dict[str, Any]) -> float:
    """Seconds for all sources with warm worker processes."""
    jobs = [job for s in found for job in opened(s, scratch / "ours" / s.name, **settings)[1].plan.jobs]
    warm = [job for s in found for job in opened(s, scratch / "warm" / s.name, **settings)[1].plan.jobs]
    with workers(processes, max(job.shards for job in jobs)) as pool:
        list(pool.map(run_shard, [*warm[:4], *warm[:4]]))
        started = time.perf_counter()
        list(pool.map(run_shard, jobs))
        return time.perf_counter() - started


def plain_trimap(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The recipe of section 3.2 on the whole image, with the two invariants of facts and docs."""
    gap = np.ones((4, 4), np.uint8)
    dilated = cv2.dilate(mask, gap)
    size = max(5, int(np.floor(np.sqrt(dilated.sum()) / 12 + 0.5)))
    kernel = np.ones((size, size), np.uint8)
    anchor = ((size - 1) // 2, (size - 1) // 2)
    closed = cv2.erode(dilated, gap, anchor=(1, 1))
    foreground = cv2.erode(dilated, kernel, anchor=anchor) & closed
    background = cv2.erode(1 - dilated, kernel, anchor=anchor)
    return np.where(foreground == 1, 255, np.where(background == 1, 0, 128)).astype(np.uint8)


def measure_plain(source: Source, rows: Sequence[Instance], out: Path) -> tuple[float, list[NDArray[np.float64]]]:
    """Seconds for the same instances the plain way, and the alphas."""
    from pymatting import estimate_alpha_cf

    out.mkdir(parents=True)
    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(source.annotations))
        seconds, alphas = 0.0, []
        for row in rows:
            started = time.perf_counter()
            image = cv2.imread(str(source.images / row.image_path))
            assert image is not None
            ids = [row.annotation_id, *row.accessory_annotation_ids]
            mask = np.maximum.reduce([coco.annToMask(coco.anns[i]) for i in ids])
            trimap = plain_trimap(mask)
            levels = np.where(trimap == 128, 0.5, trimap / 255.0)
            alpha = estimate_alpha_cf(image[..., ::-1] / 255.0, levels)
            cv2.imwrite(str(out / f"{row.annotation_id}.png"), np.rint(alpha * 255).astype(np.uint8))
            seconds += time.perf_counter() - started
            alphas.append(alpha)
    return seconds, alphas


def agreement(rows: Sequence[Instance], ours: Path, alphas: Sequence[NDArray[np.float64]]) -> tuple[float, float]:
    """Shares of pixels equal within 1/255, over whole images and over unknown regions alone."""
    equal = total = equal_unknown = unknown = 0
    for row, alpha in zip(rows, alphas, strict=True):
        got = cv2.imread(str(ours / str(row.alpha_path)), cv2.IMREAD_UNCHANGED)
        trimap = cv2.imread(str(ours / str(row.trimap_path)), cv2.IMREAD_UNCHANGED)
        assert got is not None and trimap is not None
        # Our alphas are read back from 8 bits, so that rounding eats half a level of the one allowed.
        close = np.abs(got / 255.0 - alpha) <= 1 / 255
        equal += int(close.sum())
        total += close.size
        equal_unknown += int(close[trimap == 128].sum())
        unknown += int((trimap == 128).sum())
    return equal / total, equal_unknown / unknown


class NoMatting:
    """Stands in for the backend to time everything else."""

    name, revision, context, batch_size = "none", "0", 4, 1

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        return (trimap / np.float32(255)).astype(np.float32)

    def batch(
        self, images: Sequence[NDArray[np.uint8]], trimaps: Sequence[NDArray[np.uint8]]
    ) -> list[NDArray[np.float32]]:
        return [self(i, t) for i, t in zip(images, trimaps, strict=True)]


def measure_one_process(found: Sequence[Source], scratch: Path, *, matting: bool) -> tuple[float, int]:
    """Seconds of one process for all sources, with the real backend or without matting; and accepted instances."""
    seconds, accepted = 0.0, 0
    for source in found:
        quality = {"min_mask_iou": 0.0} if not matting else {}
        config, opening = opened(source, scratch / f"one-{matting}" / source.name, quality=quality)
        backend = backend_for(config.matting) if matting else NoMatting()
        started = time.perf_counter()
        for job in opening.plan.jobs:
            accepted += label_shard(job, Methods(backend))["accepted"]
        seconds += time.perf_counter() - started
    return seconds, accepted


def main() -> None:
    processes = os.cpu_count() or 1
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        found = sources(scratch)
        ours = measure_ours(found, scratch, processes, PLAIN)
        default = measure_ours(found, scratch / "default", processes, DEFAULT)
        matted = sum(len(read_folder(working(scratch / "default" / "ours" / s.name, "manifest"))) for s in found)
        plain, count, shares = 0.0, 0, []
        for source in found:
            out = scratch / "ours" / source.name
            rows = read_folder(working(out, "manifest"))
            measure_plain(source, rows[:1], scratch / "plain-warm" / source.name)
            seconds, alphas = measure_plain(source, rows, scratch / "plain" / source.name)
            plain, count = plain + seconds, count + len(rows)
            shares.append((agreement(rows, out, alphas), len(rows)))
        whole, accepted = measure_one_process(found, scratch, matting=True)
        rest, passed = measure_one_process(found, scratch, matting=False)
    pixels, unknown = (sum(s[i] * n for s, n in shares) / count for i in (0, 1))
    print(f"instances                         {count} of {', '.join(s.name for s in found)}")
    print(f"plain way, 1 process              {count / plain:8.2f} instances/s  {1000 * plain / count:8.2f} ms each")
    mine = f"ours, {processes} processes"
    print(f"{mine:34}{count / ours:8.2f} instances/s  {1000 * ours / count:8.2f} ms each")
    same = f"mask-to-matte, {processes} processes"
    print(f"{same:34}{matted / default:8.2f} instances/s  {1000 * default / matted:8.2f} ms each")
    print(f"ratio                             {plain / ours:8.2f} x")
    print(f"alphas equal within 1/255         {100 * pixels:8.4f} % of pixels, {100 * unknown:.4f} % of unknown ones")
    print(f"ours, 1 process, everything       {1000 * whole / accepted:8.2f} ms per instance")
    print(f"ours, 1 process, without matting  {1000 * rest / passed:8.2f} ms per instance")


if __name__ == "__main__":
    # Before the processes start: one numerical thread each, in this process too.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    cv2.setNumThreads(1)
    main()
