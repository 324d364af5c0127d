"""The whole propagation step on the embedded views: quality, and where the time goes.

``python -m benchmarks.propagation``

1. SAD and MSE of the mattes against the truth, beside the mattes that a perfect mask (truth >= 0.5) gives and beside
   the bare propagated masks.
2. Targets per second in one process, the share of features, matching, segmentation, matting and the rest, and the
   speed of a second object over the same folder, whose targets' features are cached (the same marks under another
   name, so that all else costs the same). Both are propagated through the shard worker as the flow runs it; imports
   and numba's compilation are not counted.
"""

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import numpy as np
from numpy.typing import NDArray

from flows.job import Opened, finish, open_targets
from flows.workers.propagation_worker import _loaded, run_propagation_shard
from matting_models.metrics import mse, sad
from matting_models.networks.mask_to_matte import MaskToMatte
from pipelines.annotations.images import read_photo
from pipelines.propagation import propagate
from pipelines.propagation.config import PropagationConfig
from pipelines.propagation.dense_sift import DenseSift
from pipelines.propagation.grabcut import GrabCut
from pipelines.sample.views import ViewsPaths, build_views
from pipelines.storage.lock import locked

COPIES = 6
"""Times the targets are taken over, each time brightened a little, so that every copy is another picture."""


def main() -> None:
    """Print both tables."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    cv2.setNumThreads(1)  # one process, one thread: cores are for other targets
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        views = build_views(scratch / "views")
        quality(views, scratch)
        throughput(views, scratch)


def configured(views: ViewsPaths, targets: Path, out: Path, **more: Any) -> PropagationConfig:
    """Settings of one object over a folder of targets, all in one process."""
    mark = {"image": views.reference, "mask": views.mask}
    return PropagationConfig(
        marks=(mark,), images=targets, out=out, cache=out.parent / "cache", report={"max_instances": 0}, **more
    )


def labelled(config: PropagationConfig) -> Opened:
    """Run the job's shards in this process."""
    with locked(config.out):
        opened = open_targets(config)
        for job in opened.plan.jobs:
            run_propagation_shard(job)
    return opened


def quality(views: ViewsPaths, scratch: Path) -> None:
    """SAD of masks and mattes, and of what a perfect mask gives."""
    config = configured(views, views.targets, scratch / "quality", truth=views.truth)
    opened = labelled(config)
    summary = finish(config, opened)
    counts, truth = summary["counts"], summary["truth"]
    perfect = [perfect_matte(views, path) for path in sorted(views.truth.glob("*.png"))]
    print(f"{counts['images']} targets, {counts['images_with_matte']} with a matte, {summary['rejects_by_reason']}")
    print(f"{'mean over the targets':36} {'SAD':>7} {'MSE':>8}")
    for name, row in (
        ("propagated mask", truth["mask"]),
        ("matte from the propagated mask", truth["matte"]),
        ("perfect mask", {k: float(np.mean([p[f"mask_{k}"] for p in perfect])) for k in ("sad", "mse")}),
        ("matte from the perfect mask", {k: float(np.mean([p[k] for p in perfect])) for k in ("sad", "mse")}),
    ):
        print(f"{name:36} {row['sad']:7.3f} {row['mse']:8.5f}", flush=True)


def perfect_matte(views: ViewsPaths, truth: Path) -> dict[str, float]:
    """Errors of the perfect mask of a target and of its matte, one matte for each connected object."""
    true = np.asarray(cv2.imread(str(truth), cv2.IMREAD_GRAYSCALE)) / np.float32(255)
    image = read_photo(views.targets / f"{truth.stem}.jpg", 0, 0, 10**9).pixels
    backend = MaskToMatte()
    matte: NDArray[np.float32] = np.zeros(true.shape, np.float32)
    count, labels = cv2.connectedComponents((true >= 0.5).astype(np.uint8))
    for label in range(1, count):
        mask = labels == label
        if mask.sum() >= 1024:
            matte = np.maximum(matte, backend.matte(image, mask.astype(np.uint8)).alpha)
    mask = (true >= 0.5).astype(np.float32)
    return {"sad": sad(matte, true), "mse": mse(matte, true), "mask_sad": sad(mask, true), "mask_mse": mse(mask, true)}


def throughput(views: ViewsPaths, scratch: Path) -> None:
    """Targets per second of a first and a second object."""
    targets = copies(views.targets, scratch / "targets")
    labelled(configured(views, views.targets, scratch / "warm" / "out", cache_gb=0))
    first = measured(configured(views, targets, scratch / "first"))
    second = measured(configured(views, targets, scratch / "second", object="another"))
    count = len(list(targets.iterdir()))
    print(f"\n{count} targets, one process {'first object':>24} {'second object':>20}")
    for stage in ("features", "matching", "segmentation", "matting", "rest"):
        cells = [f"{t[stage] / count * 1e3:8.1f} ms ({t[stage] / t['all']:4.0%})" for t in (first, second)]
        print(f"{stage:28} {cells[0]:>20} {cells[1]:>20}")
    rates = [count / t["all"] for t in (first, second)]
    print(f"{'targets per second':28} {rates[0]:20.1f} {rates[1]:20.1f}   ratio {rates[1] / rates[0]:.1f}")


def copies(folder: Path, out: Path) -> Path:
    """The targets several times over, each copy its own picture; without the 3-megapixel one, whose matting alone
    takes longer than all else."""
    out.mkdir(parents=True)
    for path in sorted(folder.glob("*.jpg")):
        if path.stem.endswith("large"):
            continue
        pixels = np.asarray(cv2.imread(str(path)))
        for number in range(COPIES):
            cv2.imwrite(str(out / f"{path.stem}_{number}.jpg"), cv2.add(pixels, np.full_like(pixels, 2 * number)))
    return out


def measured(config: PropagationConfig) -> Counter[str]:
    """Seconds of a run in all and by stage."""
    seconds: Counter[str] = Counter()
    with locked(config.out):
        opened = open_targets(config)
        _loaded.cache_clear()
        _loaded(config)
        with stages(seconds), clock(seconds, "all"):
            for job in opened.plan.jobs:
                run_propagation_shard(job)
    seconds["rest"] = seconds["all"] - sum(s for name, s in seconds.items() if name not in ("all", "rest"))
    return seconds


@contextmanager
def clock(seconds: Counter[str], name: str) -> Iterator[None]:
    begin = time.perf_counter()
    yield
    seconds[name] += time.perf_counter() - begin  # type: ignore[assignment]


@contextmanager
def stages(seconds: Counter[str]) -> Iterator[None]:
    """Count the seconds of the stages' functions."""

    def timed(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            with clock(seconds, name):
                return function(*arguments, **options)

        return call

    with (
        mock.patch.object(DenseSift, "extract", timed("features", DenseSift.extract)),
        mock.patch.object(propagate, "find", timed("matching", propagate.find)),
        mock.patch.object(GrabCut, "segment", timed("segmentation", GrabCut.segment)),
        mock.patch.object(MaskToMatte, "matte", timed("matting", MaskToMatte.matte)),
    ):
        yield


if __name__ == "__main__":
    main()
