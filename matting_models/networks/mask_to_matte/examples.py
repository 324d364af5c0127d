"""From a sample to what the network trains on: a coarse mask, the instance's evidence, a patch at its edge."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.coarse_masks import coarsen
from matting_models.data.sample import BadSample, Sample
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.mask_to_matte.features import network_input

LONG_SIDES = (160, 640)
"""Longer side in pixels of the instance's crop in training, log-uniform; of COCO's persons 10% to 100% lie there."""
ENLARGED = 1.25
"""Crops are enlarged at most so much: what is blurred by resizing has no edge to learn from."""
AT_EDGE = 0.9
"""Share of patches around a pixel where mask and alpha differ or alpha is soft; the others lie anywhere."""
SMALLEST = 24
"""Fewer pixels of alpha above one half are no object."""


@dataclass(slots=True)
class Example:
    """One patch.

    Attributes:
        sample_id: of the sample.
        planes: (CHANNELS, S, S) float32, what the network sees.
        alpha: (1, S, S) float32 in [0, 1], the truth.
        weight: (1, S, S) float32: 1 where the truth is known, 0 elsewhere and in padding.
    """

    sample_id: str
    planes: NDArray[np.float32]
    alpha: NDArray[np.float32]
    weight: NDArray[np.float32]


@dataclass(slots=True)
class _Instance:
    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    trusted: NDArray[np.uint8]


def train_example(sample: Sample, side: int, rng: np.random.Generator) -> Example:
    """Coarsen the mask, crop and scale the instance as in prediction, cut a patch.

    Args:
        sample: with foreground in it.
        side: S.
        rng: everything random comes from it.

    Raises:
        BadSample: too little foreground.
    """
    instance = _flipped(_instance(sample, rng), rng)
    instance = _scaled(_cropped(sample.sample_id, instance, rng), rng)
    _check(sample.sample_id, instance.mask)
    planes = network_input(instance.image, instance.mask)
    top, left = _corner(instance, side, rng)
    window = np.s_[top : top + side, left : left + side]
    height, width = instance.mask[window].shape
    weight = np.zeros((1, side, side), np.float32)
    weight[0, :height, :width] = instance.trusted[window] > 0
    border = ((0, side - height), (0, side - width))
    alpha = np.pad(instance.alpha[window], border).astype(np.float32) / np.float32(255)
    patch = np.pad(
        planes[:, window[0], window[1]],
        ((0, 0), *border),
        mode="symmetric" if height > side // 2 and width > side // 2 else "edge",
    )
    return Example(sample.sample_id, patch, alpha[None], weight)


def _instance(sample: Sample, rng: np.random.Generator) -> _Instance:
    if int((sample.alpha > 127).sum()) < SMALLEST:
        raise BadSample(sample.sample_id, f"fewer than {SMALLEST} pixels of its alpha are above one half")
    trusted = np.full_like(sample.alpha, 255) if sample.trusted is None else sample.trusted
    return _Instance(sample.image, sample.alpha, coarsen(sample.alpha, rng), trusted)


def _flipped(instance: _Instance, rng: np.random.Generator) -> _Instance:
    if rng.random() < 0.5:
        return instance
    return _Instance(*(np.ascontiguousarray(x[:, ::-1]) for x in _fields(instance)))


def _fields(instance: _Instance) -> list[NDArray[np.uint8]]:
    return [instance.image, instance.alpha, instance.mask, instance.trusted]


def _cropped(sample_id: str, instance: _Instance, rng: np.random.Generator) -> _Instance:
    _check(sample_id, instance.mask)
    rows, columns = crop_around(instance.mask, rng.uniform(0.7, 1.5))
    return _Instance(*(x[rows, columns] for x in _fields(instance)))


def _scaled(instance: _Instance, rng: np.random.Generator) -> _Instance:
    height, width = instance.mask.shape
    wanted = math.exp(rng.uniform(math.log(LONG_SIDES[0]), math.log(LONG_SIDES[1])))
    scale = min(wanted / max(height, width), ENLARGED)
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    image, alpha = (np.asarray(cv2.resize(x, size, interpolation=method), np.uint8)
                    for x in (instance.image, instance.alpha))  # fmt: skip
    mask = np.asarray(cv2.resize(instance.mask * np.uint8(255), size, interpolation=cv2.INTER_AREA) > 127, np.uint8)
    trusted = np.asarray(cv2.resize(instance.trusted, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return _Instance(image, alpha, mask, trusted)


def _check(sample_id: str, mask: NDArray[np.uint8]) -> None:
    if not mask.any():
        raise BadSample(sample_id, "its mask vanishes when it is made coarser or smaller")


def _corner(instance: _Instance, side: int, rng: np.random.Generator) -> tuple[int, int]:
    """Of the patch; around a pixel of interest, inside the crop where that is large enough."""
    height, width = instance.mask.shape
    row, column = int(rng.integers(height)), int(rng.integers(width))
    if rng.random() < AT_EDGE:
        soft = (instance.alpha > 8) & (instance.alpha < 247)
        interesting = (soft | ((instance.alpha > 127) != (instance.mask > 0))) & (instance.trusted > 0)
        rows, columns = np.nonzero(interesting)
        if len(rows):
            pick = int(rng.integers(len(rows)))
            row, column = int(rows[pick]), int(columns[pick])
    shift = rng.uniform(0.25, 0.75, 2) * side
    top = min(max(0, row - int(shift[0])), max(0, height - side))
    left = min(max(0, column - int(shift[1])), max(0, width - side))
    return top, left
