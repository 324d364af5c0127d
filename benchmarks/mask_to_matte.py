"""Mask-to-matte against the closed form, and what runs its network: ``python -m benchmarks.mask_to_matte``.

The same shards are labelled with each backend by warm worker processes, as the flow does. The network is run by ONNX
Runtime, OpenCV and torch on one thread each, from the same weights.
"""

import resource
import tempfile
import time
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from benchmarks.labelling import Source, opened, sources
from flows.workers.pool import workers
from flows.workers.worker import run_shard
from matting_models.networks.mask_to_matte.export import graph
from matting_models.networks.mask_to_matte.features import CHANNELS
from matting_models.networks.mask_to_matte.runtime import onnx_run
from matting_models.networks.mask_to_matte.torch_runtime import torch_run
from matting_models.networks.mask_to_matte.weights import Tensors, read_weights

BACKENDS: dict[str, dict[str, object]] = {
    "closed form": {"matting": {"backend": "closed-form"}},
    "closed form, the paper's eta = 12": {"matting": {"backend": "closed-form"}, "trimap": {"rule": "paper"}},
    "mask-to-matte": {"matting": {"backend": "mask-to-matte"}},
}
SIDES = (128, 256, 512)
REPEATS = 5
Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def label(found: Sequence[Source], scratch: Path, settings: dict[str, object]) -> tuple[float, int]:
    """Seconds for all sources with two warm worker processes, and mattes made."""
    jobs = [job for s in found for job in opened(s, scratch / "jobs" / s.name, **settings)[1].plan.jobs]
    warm = [job for s in found for job in opened(s, scratch / "warm" / s.name, **settings)[1].plan.jobs]
    with workers(2, max(job.shards for job in jobs)) as pool:
        list(pool.map(run_shard, [*warm[:4], *warm[:4]]))
        started = time.perf_counter()
        counts = list(pool.map(run_shard, jobs))
        return time.perf_counter() - started, sum(count["matted"] for count in counts)


def peak_memory(source: Source, out: Path, settings: dict[str, object]) -> float:
    """Peak memory in MB of a process of its own that labels one shard."""
    job = opened(source, out, **settings)[1].plan.jobs[0]
    with get_context("spawn").Pool(1) as pool:
        pool.apply(run_shard, (job,))
        return pool.apply(_resident)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def opencv_run(tensors: Tensors, side: int) -> Run:
    """The network in OpenCV's dnn module, which wants weights inside the graph, and sizes in the place of factors."""
    model = onnx.load_from_string(graph())
    for tensor in model.graph.initializer:
        tensor.CopyFrom(onnx.numpy_helper.from_array(tensors[tensor.name], tensor.name))
    for dimension, size in zip(model.graph.input[0].type.tensor_type.shape.dim, (1, CHANNELS, side, side), strict=True):
        dimension.Clear()
        dimension.dim_value = size
    model = onnx.shape_inference.infer_shapes(model, data_prop=True)
    shapes = {v.name: [d.dim_value for d in v.type.tensor_type.shape.dim] for v in model.graph.value_info}
    for number, node in enumerate(model.graph.node):
        if node.op_type == "Resize":
            sizes = np.array(shapes[node.output[0]], np.int64)
            model.graph.initializer.append(onnx.numpy_helper.from_array(sizes, f"sizes{number}"))
            node.input[:] = [node.input[0], "", "", f"sizes{number}"]
    net = cv2.dnn.readNetFromONNX(np.frombuffer(model.SerializeToString(), np.uint8))

    def run(planes: NDArray[np.float32]) -> NDArray[np.float32]:
        net.setInput(planes[None])
        return np.asarray(net.forward()[0, 0], np.float32)

    return run


def seconds(run: Run, planes: NDArray[np.float32]) -> float:
    """Of the fastest of several runs, after one that warms up."""
    run(planes)
    times = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        run(planes)
        times.append(time.perf_counter() - started)
    return min(times)


def compare_backends() -> None:
    """Instances per second and memory of every backend."""
    print(f"{'2 worker processes':36}{'mattes':>8}{'instances/s':>13}{'peak MB':>9}")
    for name, settings in BACKENDS.items():
        with tempfile.TemporaryDirectory() as folder:
            scratch = Path(folder)
            found = sources(scratch)
            spent, mattes = label(found, scratch, settings)
            memory = peak_memory(found[0], scratch / "memory", settings)
        print(f"{name:36}{mattes:8}{mattes / spent:13.1f}{memory:9.0f}")


def compare_runtimes() -> None:
    """Milliseconds of every runtime, and how far its alpha is from torch's."""
    tensors = read_weights(None)[0]
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    runs: dict[str, Callable[[int], Run]] = {
        "torch": lambda side: torch_run(tensors, "cpu", "fp32")[0],
        "onnxruntime": lambda side: onnx_run(tensors),
        "opencv dnn": lambda side: opencv_run(tensors, side),
    }
    print(f"{'1 thread, ms':14}" + "".join(f"{side:>10}" for side in SIDES) + f"{'within 1/255':>14}")
    rng = np.random.default_rng(0)
    inputs = {side: rng.normal(size=(CHANNELS, side, side)).astype(np.float32) for side in SIDES}
    expected = runs["torch"](SIDES[-1])(inputs[SIDES[-1]])
    for name, make in runs.items():
        try:
            spent = [1000 * seconds(make(side), inputs[side]) for side in SIDES]
            alpha = make(SIDES[-1])(inputs[SIDES[-1]])
        except cv2.error as error:
            print(f"{name:14}cannot run it: {str(error).strip().splitlines()[0]}")
            continue
        close = np.abs(alpha - expected) <= 1 / 255
        print(f"{name:14}" + "".join(f"{ms:10.1f}" for ms in spent) + f"{close.mean():14.4%}")


if __name__ == "__main__":
    compare_backends()
    compare_runtimes()
