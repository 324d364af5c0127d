"""Predicting a benchmark's mattes, several processes sharing the work, from where an earlier run stopped."""

import json
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from matting_models.boxes import box_of
from matting_models.errors import InputError
from matting_models.evaluation.detections import Box, Detections
from matting_models.evaluation.predictions import REASON
from matting_models.evaluation.protocols import Protocol
from matting_models.evaluation.reading import read_sized_photo, read_trimap, read_truth, resize_photo
from matting_models.evaluation.samples import Sample
from matting_models.pictures import PictureProblem
from pipelines.files import PARTIAL, write_whole
from pipelines.matting import MattingFailed

Photo = NDArray[np.uint8]
Alpha = NDArray[np.float32]

FromBox = Callable[[Photo, Box], Alpha]
"""(H, W, 3) uint8 RGB and a box to (H, W) in [0, 1]."""

FromTrimap = Callable[[Photo, NDArray[np.uint8]], Alpha]
"""(H, W, 3) uint8 RGB and an (H, W) uint8 trimap to (H, W) in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Share:
    """Which of several processes this is."""

    index: int = 0
    processes: int = 1


def claim(folder: Path, settings: dict[str, object]) -> None:
    """Make a folder of predictions, or check that the one that stands was made with the same settings.

    Args:
        folder: of the predictions; the settings stand beside it.
        settings: what predictions depend on.

    Raises:
        InputError: the settings differ.
    """
    beside = folder.with_suffix(".json")
    if beside.exists():
        try:
            before = json.loads(beside.read_bytes())
        except ValueError:
            raise InputError(f"{beside} is damaged; expected the settings of {folder}") from None
        different = [name for name, value in settings.items() if before.get(name) != value]
        if different:
            found = ", ".join(f"{name} {before.get(name)}" for name in different)
            raise InputError(
                f"{folder} was predicted with {found}, now it is "
                f"{', '.join(str(settings[name]) for name in different)}; use another --out"
            )
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(beside, json.dumps(settings, indent=1, sort_keys=True).encode())


def predict_from_boxes(
    samples: Sequence[Sample],
    folder: Path,
    protocol: Protocol,
    model: FromBox,
    detections: Detections | None = None,
    share: Share | None = None,
) -> None:
    """Predict at the protocol's scale what is not predicted yet; 8-bit PNGs, named as ``find_predictions`` wants them.

    Args:
        samples: each with a photo.
        folder: of the predictions.
        protocol: says the scale.
        model: from photo and box to alpha.
        detections: boxes of images with instances; None for the extents of the true mattes, everywhere.
        share: which samples are this process's.

    Raises:
        InputError: the model cannot go on, as for want of memory.
    """

    def mattes(sample: Sample) -> list[Alpha]:
        natives = [read_truth(path, protocol) for path in sample.truths]
        native = natives[0][1]
        photo = _photo(sample, protocol, native)
        if detections is not None:
            boxes = [_scaled(box, native, photo.shape[:2]) for box in detections.boxes[sample.id]]
        else:
            boxes = [_extent(truth, path) for (truth, _), path in zip(natives, sample.truths, strict=True)]
        return [model(photo, box) for box in boxes if box[2] - box[0] >= 1 and box[3] - box[1] >= 1]

    _predict(samples, folder, mattes, share or Share())


def predict_from_trimaps(
    samples: Sequence[Sample], folder: Path, protocol: Protocol, model: FromTrimap, share: Share | None = None
) -> None:
    """The same with a trimap-based network, at native size.

    Raises:
        InputError: a sample has no trimap, or the model cannot go on.
    """
    for sample in samples:
        if sample.trimap is None:
            raise InputError(f"{sample.id} has no trimap, which a trimap-based model needs")

    def mattes(sample: Sample) -> list[Alpha]:
        native = read_truth(sample.truths[0], protocol)[1]
        assert sample.image is not None and sample.trimap is not None
        return [model(read_sized_photo(sample.image, native), read_trimap(sample.trimap, native))]

    _predict(samples, folder, mattes, share or Share())


def _predict(samples: Sequence[Sample], folder: Path, mattes: Callable[[Sample], list[Alpha]], share: Share) -> None:
    left = [s for s in samples[share.index :: share.processes] if not _is_done(s, folder)]
    for sample in tqdm(left, desc="predicting", unit="image", disable=not left or share.index > 0):
        target = folder / sample.id
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            alphas = mattes(sample)
        except (PictureProblem, MattingFailed) as problem:
            write_whole(target.with_name(target.name + REASON), str(problem).encode())
            continue
        if sample.instances:
            _write_folder(target, alphas)
        else:
            _write(target.with_name(f"{target.name}.png"), alphas[0])


def _is_done(sample: Sample, folder: Path) -> bool:
    target = folder / sample.id
    picture = target if sample.instances else target.with_name(f"{target.name}.png")
    return picture.exists() or target.with_name(target.name + REASON).exists()


def _write_folder(target: Path, alphas: Sequence[Alpha]) -> None:
    """All instances of an image, or none."""
    beside = target.with_name(f".{target.name}{PARTIAL}")
    shutil.rmtree(beside, ignore_errors=True)
    beside.mkdir()
    for index, alpha in enumerate(alphas):
        _write(beside / f"{index:02d}.png", alpha)
    beside.replace(target)


def _write(path: Path, alpha: Alpha) -> None:
    # Rounded as the SEMat authors' evaluation does.
    write_whole(path, cv2.imencode(".png", np.floor(alpha * 255 + 0.5).astype(np.uint8))[1].tobytes(), durable=False)


def _photo(sample: Sample, protocol: Protocol, native: tuple[int, int]) -> Photo:
    if sample.image is None:
        raise PictureProblem("no photo to predict from")
    return resize_photo(read_sized_photo(sample.image, native), protocol.size(*native))


def _extent(truth: NDArray[np.float64], path: Path) -> Box:
    if not truth.any():
        raise PictureProblem(f"{path} is 0 everywhere: there is no box")
    return box_of((truth > 0).view(np.uint8))


def _scaled(box: Box, native: tuple[int, int], size: tuple[int, int]) -> Box:
    """From the photo's own pixels to the protocol's, cut at the borders."""
    down, across = size[0] / native[0], size[1] / native[1]
    x0, x1 = (min(max(x * across, 0.0), size[1]) for x in (box[0], box[2]))
    y0, y1 = (min(max(y * down, 0.0), size[0]) for y in (box[1], box[3]))
    return x0, y0, x1, y1
