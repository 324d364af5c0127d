"""SEMat's speed: training steps, the loader alone, and one encoding shared by many boxes.

    python -m benchmarks.semat

On a GPU: ViT-L and Hiera-L with random weights at 1024 x 1024, batch 2 and the largest that fits, bf16. Without one:
the same measurements on tiny models, whose figures say nothing about the large ones.
"""

import argparse
import gc
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch.utils.flop_counter import FlopCounterMode

from matting_models.data import Draws, TrainingSet, training_loader
from matting_models.data.pairs_source import PairsSource
from matting_models.networks.semat import SEMat, SEMatConfig
from matting_models.networks.semat.batch import SEMatExamples
from matting_models.networks.semat.build import wrap
from matting_models.networks.semat.config import Family
from matting_models.networks.semat.large import large_model
from matting_models.networks.semat.objective import Objective
from matting_models.networks.semat.optimiser import make_optimiser
from matting_models.networks.semat.tiny import tiny_model

BOXES = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One training step of a model on a device."""

    model: SEMat
    objective: Objective
    optimiser: torch.optim.Optimizer
    device: torch.device

    def inputs(self, batch: int) -> tuple[torch.Tensor, ...]:
        size = self.model.image_size
        generator = torch.Generator().manual_seed(0)
        images = torch.randint(0, 256, (batch, 3, size, size), dtype=torch.uint8, generator=generator)
        alphas = torch.zeros(batch, 1, size, size, dtype=torch.uint8)
        alphas[:, :, size // 4 : size // 2, size // 4 : size // 2] = 255
        trimaps = (alphas[:, 0] // 255 * 2).clone()
        trimaps[:, size // 4 : size // 4 + 16] = 1
        boxes = torch.tensor([[size / 4, size / 4, size / 2, size / 2]]).repeat(batch, 1)
        return tuple(x.to(self.device) for x in (images, boxes, alphas, trimaps))

    def __call__(self, inputs: tuple[torch.Tensor, ...]) -> None:
        images, boxes, alphas, trimaps = inputs
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            output = self.model(images, boxes, regularise=True)
        loss = self.objective(output, alphas, trimaps)["loss"]
        loss.backward()
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)


def synchronise(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def seconds(call: Callable[[], Any], device: torch.device, repeats: int) -> float:
    """Median of ``repeats`` calls after one that does not count."""
    times = []
    for _ in range(repeats + 1):
        synchronise(device)
        start = time.perf_counter()
        call()
        synchronise(device)
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:])


def matrix_rate(device: torch.device) -> float:
    """Measured multiply-add operations (two each) per second of a large matrix product."""
    size, dtype = (8192, torch.bfloat16) if device.type == "cuda" else (1024, torch.float32)
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    return 2 * size**3 / seconds(lambda: a @ b, device, 10)


def make_step(family: Family, device: torch.device, compiled: bool) -> Step:
    large = device.type == "cuda"
    torch.manual_seed(0)
    channels = (32, 64, 128, 256) if large else (8, 16, 32, 64)
    config = SEMatConfig("random", "random@0", family, decoder_channels=channels)
    model = SEMat(wrap(large_model(family) if large else tiny_model(family)), config).to(device).train()
    if compiled:
        model.compile_parts()
    objective = Objective(0.2, 0.05).to(device).train()
    return Step(model, objective, make_optimiser(model, 5e-5, 0.1), device)


def measure_training(family: Family, device: torch.device, rate: float, compiled: bool, profile: bool) -> None:
    step = make_step(family, device, compiled)
    with FlopCounterMode(display=False) as counter:
        step(step.inputs(1))
    per_image = counter.get_total_flops()
    batch, largest = 2, False
    while not largest:
        try:
            report_step(step, family, batch, per_image, rate)
        except torch.OutOfMemoryError:
            print(f"{family:7} batch {batch:3}: does not fit")
            break
        largest = device.type == "cpu" or batch >= 64
        batch *= 2
    if profile:
        show_profile(step)
    del step
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()


def report_step(step: Step, family: str, batch: int, per_image: int, rate: float) -> None:
    inputs = step.inputs(batch)
    if step.device.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
    took = seconds(lambda: step(inputs), step.device, 10 if step.device.type == "cuda" else 3)
    memory = f", peak {torch.cuda.max_memory_allocated() / 2**30:.1f} GiB" if step.device.type == "cuda" else ""
    used = per_image * batch / took / rate
    print(
        f"{family:7} batch {batch:3}: {batch / took:7.2f} images/s{memory}, "
        f"{per_image / 1e9:.1f} GFLOP an image, {used:.1%} of the measured matrix rate"
    )


def show_profile(step: Step) -> None:
    """Where a step's time goes, by operator."""
    activities = [torch.profiler.ProfilerActivity.CPU]
    order = "self_cpu_time_total"
    if step.device.type == "cuda":
        activities.append(torch.profiler.ProfilerActivity.CUDA)
        order = "self_cuda_time_total"
    inputs = step.inputs(2)
    with torch.profiler.profile(activities=activities) as profiler:
        step(inputs)
        synchronise(step.device)
    print(profiler.key_averages().table(sort_by=order, row_limit=12, max_name_column_width=60))


def measure_boxes(family: Family, device: torch.device) -> None:
    """One encoding and N boxes against N predictions."""
    model = make_step(family, device, compiled=False).model.eval()
    model.precision = torch.bfloat16 if device.type == "cuda" else torch.float32
    side = model.image_size
    image = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    boxes = [(10 + i, 10, side - 10 - i, side - 10) for i in range(BOXES)]

    def together() -> None:
        model.set_image(image)
        model.predict_boxes(boxes)

    def apart() -> None:
        for box in boxes:
            model.predict(image, box)

    shared, single = seconds(together, device, 5), seconds(apart, device, 5)
    encoding = seconds(lambda: model.set_image(image), device, 5)
    print(
        f"{family:7} {BOXES} boxes: {shared * 1e3:8.1f} ms on one encoding ({encoding * 1e3:.1f} ms of it), "
        f"{single * 1e3:8.1f} ms one by one: ratio {single / shared:.2f}"
    )


@torch.no_grad()
def count_boxes(family: Family) -> None:
    """Arithmetic of the large models, counted without running them, for one encoding and many boxes."""
    with torch.device("meta"):
        model = SEMat(wrap(large_model(family)), SEMatConfig("random", "random@0", family)).eval()
        pixels, boxes = torch.empty(1, 3, model.image_size, model.image_size), torch.empty(1, 4)
    with FlopCounterMode(display=False) as encoding:
        features = model.encode(pixels, None)
    with FlopCounterMode(display=False) as decoding:
        model.decode(pixels, features, boxes)
    once, each = encoding.get_total_flops() / 1e9, decoding.get_total_flops() / 1e9
    ratios = ", ".join(f"{n} boxes {n * (once + each) / (once + n * each):.2f}" for n in (BOXES, 32))
    print(f"{family:7} large model: {once:,.0f} GFLOP to encode, {each:,.0f} a box: ratio for {ratios}")


def measure_loader(workers: int, images: int = 48) -> None:
    """The loader alone, on photographs of scikit-image with discs as mattes, at 1024 x 1024."""
    with tempfile.TemporaryDirectory() as folder:
        source = make_pairs(Path(folder))
        draws = Draws([len(source)], [1.0], 0, 2, count=(images + 8) // 2)
        loader = iter(training_loader(TrainingSet([source], SEMatExamples(1024), 0), draws, workers))
        for _ in range(4):
            next(loader)  # the workers' start
        start = time.perf_counter()
        count = sum(len(batch.sample_ids) for batch in loader)
        print(f"loader, {workers} worker(s), 1024 x 1024: {count / (time.perf_counter() - start):.1f} images/s")


def make_pairs(folder: Path) -> PairsSource:
    from skimage import data

    (folder / "images").mkdir()
    (folder / "alphas").mkdir()
    for name in ("astronaut", "coffee", "chelsea", "rocket"):
        photo = cv2.resize(getattr(data, name)()[:, :, ::-1], (640, 480))
        alpha = np.zeros((480, 640), np.uint8)
        cv2.circle(alpha, (320, 240), 150, 255, -1, cv2.LINE_AA)
        cv2.imwrite(str(folder / "images" / f"{name}.jpg"), photo)
        cv2.imwrite(str(folder / "alphas" / f"{name}.png"), cv2.GaussianBlur(alpha, (0, 0), 3))
    return PairsSource(folder / "images", folder / "alphas", None)


def main() -> None:
    """Print every figure of docs/benchmarks.md about SEMat."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--profile", action="store_true", help="also show where the time of a step goes")
    parser.add_argument("--compile", action="store_true", help="measure with torch.compile")
    given = parser.parse_args()
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    name = torch.cuda.get_device_name() if device.type == "cuda" else "the CPU, tiny models"
    rate = matrix_rate(device)
    print(f"on {name}: a matrix product reaches {rate / 1e12:.2f} TFLOP/s")
    families: tuple[Family, ...] = ("sam", "sam2")
    for family in families:
        measure_training(family, device, rate, given.compile, given.profile)
    for family in families:
        measure_boxes(family, device)
        count_boxes(family)
    for workers in (1, 2):
        measure_loader(workers)


if __name__ == "__main__":
    main()
