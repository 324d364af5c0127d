"""What a run costs beside the matting, from 1,000 to 1,000,000 images: ``python -m benchmarks.scaling``.

The whole job runs on generated annotations: index, plan, Prefect with a task per shard in worker processes, parts,
version, summary, report, and then the repeat that finds nothing to do. Only what a shard does to pixels is replaced by
a timed sleep and by rows and pictures that are ready made: hard links to one alpha and one trimap.
"""

import argparse
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import orjson

from pipelines.annotations.index import read_shard
from pipelines.config import CocoMattingConfig
from pipelines.labelling.job import ShardJob
from pipelines.records import ImageRecord, Instance
from pipelines.storage.files import write_whole
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, inputs_path, part_name, working, write_part

SIZES = (1_000, 10_000, 100_000, 1_000_000)
SLEEP = 0.02
"""Seconds that a shard sleeps in the simulation of many images."""
REAL_SHARD = 2.3
"""Seconds of a real shard of 64 images, at 28 images/s and worker: COCO's, a matte per image, closed form."""
LINKS = 30_000
"""Names that one file gets; ext4 allows 65,000."""


def generate(path: Path, images: int) -> None:
    """A COCO instances file with a person in every image."""
    rng = random.Random(0)
    with path.open("w") as file:
        file.write('{"categories": [{"id": 1, "name": "person"}], "images": [')
        for k in range(images):
            image = {"file_name": f"{k:012d}.jpg", "height": 480, "width": 640, "id": k}
            file.write((", " if k else "") + json.dumps(image))
        file.write('], "annotations": [')
        for k in range(images):
            points = [round(rng.uniform(0, 480), 2) for _ in range(2 * rng.choice((8, 20, 26, 50)))]
            annotation = {"segmentation": [points], "iscrowd": 0, "image_id": k, "category_id": 1, "id": k}
            file.write((", " if k else "") + json.dumps(annotation))
        file.write("]}")


def sleep_shard(job: ShardJob) -> Counter[str]:
    """Stands for ``run_shard``: sleeps, and leaves rows and pictures as a real shard would, one matte per image."""
    time.sleep(float(os.environ["SCALING_SLEEP"]))
    out = job.config.out
    rows = [_row(record, job) for record in read_shard(job.index, job.shard, job.digest)]
    for row in rows:
        for kind, name in (("alphas", row.alpha_path), ("trimaps", row.trimap_path)):
            _link(out / "alphas-and-trimaps" / kind, out / str(name))
    counts = Counter(images=len(rows), subjects=len(rows), annotations=len(rows), accepted=len(rows), rejected=0)
    stamp = job.stamp | {"counts": orjson.dumps(dict(sorted(counts.items()))).decode()}
    write_part(working(out, "rejects") / part_name(job.shard), [], REJECTS_SCHEMA, stamp)
    write_whole(inputs_path(out, job.shard), b"{}")
    write_part(working(out, "manifest") / part_name(job.shard), rows, MANIFEST_SCHEMA, stamp)
    return counts


def _link(folder: Path, target: Path) -> None:
    # Each worker makes its own, since two may come at the same time.
    source = folder / f"{int(target.name[:12]) // LINKS}-{os.getpid()}.png"
    if not source.exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(source, bytes(15_000), durable=False)
    target.unlink(missing_ok=True)
    os.link(source, target)


def _row(record: ImageRecord, job: ShardJob) -> Instance:
    name = f"{record.image_id:012d}_1-0123456789ab.png"
    (annotation,) = record.annotations
    return Instance(
        sample_id=f"coco-simulated-{record.image_id:012d}-1",
        dataset="coco",
        split="simulated",
        image_id=record.image_id,
        annotation_id=annotation.annotation_id,
        category="person",
        image_path=str(record.file_name),
        image_width=640,
        image_height=480,
        image_sha256="0" * 64,
        bbox=(10, 10, 100, 200),
        mask_rle={"size": [480, 640], "counts": str(annotation.segmentation)[:300]},
        mask_area=20_000,
        alpha_path=f"alphas/{name}",
        trimap_path=f"trimaps/{name}",
        alpha_sha256="0" * 64,
        trimap_sha256="0" * 64,
        kernel_size=12,
        unknown_fraction=0.3,
        mask_iou=0.9,
        soft_fraction=random.Random(record.image_id).random(),
        matting_backend="sleep",
        matting_revision="1",
        input_hash="0" * 16,
        config_hash=job.config_hash,
    )


def _config(folder: Path, **more: Any) -> CocoMattingConfig:
    (folder / "images").mkdir(exist_ok=True)
    return CocoMattingConfig(
        annotations=folder / "instances_simulated.json", images=folder / "images", out=folder / "out", **more
    )


@contextmanager
def _times() -> Iterator[dict[str, float]]:
    """Seconds, and processor seconds of this process alone, of what happens inside."""
    found: dict[str, float] = {}
    wall, processor = time.perf_counter(), time.process_time()
    yield found
    found |= {"wall": time.perf_counter() - wall, "driver": time.process_time() - processor}


def one(folder: Path) -> None:
    """The job twice in this process, the driver; prints its times and its peak memory as JSON."""
    from flows import coco_matting_flow, console
    from flows.coco_matting_flow import run
    from flows.job import finished, open_output

    console.console.quiet = True
    config = _config(folder, report={"max_instances": 50})
    with patch.object(coco_matting_flow, "run_shard", sleep_shard), _times() as first:
        result = run(config)
    with _times() as repeat:
        opened = open_output(config)
        assert not opened.plan.jobs
        assert finished(config, opened) is not None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    assert result["summary"]["counts"]["accepted"] == result["summary"]["counts"]["images"]
    print(json.dumps({"first": first, "tasks": result["seconds"], "repeat": repeat, "peak": peak}))


def real(folder: Path, *, with_prefect: bool) -> None:
    """The tasks alone with shards of real length; prints seconds."""
    from flows import coco_matting_flow, console
    from flows.coco_matting_flow import run
    from flows.job import open_output
    from flows.workers.pool import workers

    console.console.quiet = True
    config = _config(folder, report={"max_instances": 0}, workers=2)
    if with_prefect:
        with patch.object(coco_matting_flow, "run_shard", sleep_shard):
            print(run(config)["seconds"])
        return
    opened = open_output(config)
    from concurrent.futures import ThreadPoolExecutor

    with workers(2, opened.shards) as pool, ThreadPoolExecutor(2) as threads:
        started = time.monotonic()
        list(threads.map(lambda job: pool.call(sleep_shard, job), opened.plan.jobs))
        print(time.monotonic() - started)


def _child(*words: object, sleep: float) -> str:
    command = [sys.executable, "-m", "benchmarks.scaling", *map(str, words)]
    quiet = {"PREFECT_LOGGING_LEVEL": "CRITICAL", "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120"}
    environment = os.environ | quiet | {"SCALING_SLEEP": str(sleep)}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    if ended.returncode:
        raise RuntimeError(ended.stderr[-3000:])
    return ended.stdout.strip().splitlines()[-1]


def sizes(numbers: list[int]) -> None:
    """The job at several sizes, as a table."""
    print(f"{'images':>10} {'shards':>7} {'run, s':>8} {'sleep, s':>9} {'driver ms/image':>16} {'repeat, s':>10} "
          f"{'repeat ms/image':>16} {'peak MB':>8}")  # fmt: skip
    for images in numbers:
        folder = Path(tempfile.mkdtemp(prefix="scaling-"))
        try:
            generate(folder / "instances_simulated.json", images)
            found = json.loads(_child("--one", folder, sleep=SLEEP))
            shards = len(list((folder / "out" / "manifest").iterdir()))
            first, repeat = found["first"], found["repeat"]
            print(f"{images:10,} {shards:7,} {first['wall']:8.1f} {shards * SLEEP / (os.cpu_count() or 1):9.1f} "
                  f"{1000 * first['driver'] / images:16.3f} {repeat['wall']:10.1f} "
                  f"{1000 * repeat['wall'] / images:16.3f} {found['peak']:8.0f}", flush=True)  # fmt: skip
        finally:
            shutil.rmtree(folder)


def overhead() -> None:
    """Prefect's share at the default shard size: shards of real length with and without it, in turns."""
    seconds: dict[bool, list[float]] = {True: [], False: []}
    for _ in range(3):
        for with_prefect in (True, False):
            folder = Path(tempfile.mkdtemp(prefix="scaling-"))
            try:
                generate(folder / "instances_simulated.json", 2048)
                kind = "with" if with_prefect else "without"
                seconds[with_prefect].append(float(_child("--real", kind, folder, sleep=REAL_SHARD)))
            finally:
                shutil.rmtree(folder)
    best = {with_prefect: min(found) for with_prefect, found in seconds.items()}
    share = best[True] / best[False] - 1
    print(f"32 shards of {REAL_SHARD} s, 2 workers: {best[False]:.2f} s without Prefect, {best[True]:.2f} s with: "
          f"{100 * share:.1f}% more")  # fmt: skip


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--one", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--real", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        one(given.one)
    elif given.real:
        real(Path(given.real[1]), with_prefect=given.real[0] == "with")
    else:
        overhead()
        sizes(given.images)


if __name__ == "__main__":
    main()
