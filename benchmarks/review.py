"""The review page's board on an output of train2017's size: ``python -m benchmarks.review [--mattes 260000]``.

The rows are made up and share one picture of COCO's size; what is measured is what a reviewer waits for besides
pictures, also while the mattes of another run are compared.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from pipelines.records import Instance
from pipelines.review.board import Board, Query
from pipelines.review.comparison import Comparison
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, working, write_part
from pipelines.storage.publishing import publish

T = TypeVar("T")
SHARD = 2000
DECISIONS = 50
WHILE = 5.0
"""Seconds of comparing."""


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mattes", type=int, default=260_000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        out = Path(temporary)
        write(out, given.mattes)
        board = timed("open", lambda: Board(out))
        numbers = timed("order by doubt, undecided alone", lambda: board.find(Query(state="undecided")))
        timed("read a row", lambda: board.catalogue.read(int(numbers[0])))
        timed(f"{DECISIONS} decisions, each on the disk", lambda: decide(board, numbers[:DECISIONS].tolist()))
        timed("look for news of others", lambda: board.refresh(1))
        other = out / "other"
        write(other, given.mattes, run=1)
        comparison = timed("open another run", lambda: Comparison(out, other))
        board = timed("open, match with the other run", lambda: Board(out, comparison))
        time.sleep(WHILE)
        timed(f"{DECISIONS} decisions while it compares", lambda: decide(board, numbers[:DECISIONS].tolist()))
        timed("order by disagreement", lambda: board.find(Query("disagreement", state="undecided")))
        before = comparison.progress().done
        time.sleep(WHILE)
        done = comparison.progress().done
        comparison.close()
        print(f"{'pairs of mattes compared a second':36} {(done - before) / WHILE:8.0f}")
    print(f"{'peak memory, with the making':36} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:8.0f} MB")


def write(out: Path, count: int, run: int = 0) -> None:
    """An output whose mattes are, by their digests, other ones than another run's."""
    (out / "alphas").mkdir(parents=True)
    ramp = np.clip(np.arange(640) - 192, 0, 255).astype(np.uint8)
    cv2.imwrite(str(out / "alphas" / "one.png"), np.roll(np.tile(ramp, (480, 1)), run))
    shards = range(0, count, SHARD)
    for kind, schema in (("manifest", MANIFEST_SCHEMA), ("rejects", REJECTS_SCHEMA)):
        working(out, kind).mkdir(parents=True)
        for shard, start in enumerate(shards):
            rows = [row(n, run) for n in range(start, min(start + SHARD, count))] if kind == "manifest" else []
            write_part(working(out, kind) / f"part-{shard:05d}.parquet", rows, schema)
    publish(out, {}, [{}] * len(shards))


def row(number: int, run: int) -> Instance:
    """A row whose doubt depends on its number."""
    return Instance(
        sample_id=f"coco-train2017-{number:012d}-1", dataset="coco", split="train2017", image_id=number,
        annotation_id=number, category="person", image_path=f"{number:012d}.jpg", image_width=640, image_height=480,
        image_sha256="0" * 64, bbox=(0, 0, 100, 100), mask_rle={"size": [480, 640], "counts": "0" * 200},
        mask_area=10_000, alpha_path="alphas/one.png", trimap_path=f"trimaps/{number}.png", kernel_size=0,
        unknown_fraction=number * 7919 % 1000 / 1000, mask_iou=0.9, soft_fraction=0.1, matting_backend="mask-to-matte",
        matting_revision="1", alpha_sha256=f"{run}{number:063d}", trimap_sha256="0" * 64,
    )  # fmt: skip


def decide(board: Board, numbers: list[int]) -> None:
    """Accept some mattes."""
    for number in numbers:
        board.decide(number, board.catalogue.digest(number), "accepted", "benchmark")


def timed(what: str, action: Callable[[], T]) -> T:
    """Do it and say how long it took."""
    started = time.perf_counter()
    result = action()
    print(f"{what:36} {1000 * (time.perf_counter() - started):8.1f} ms")
    return result


if __name__ == "__main__":
    main()
