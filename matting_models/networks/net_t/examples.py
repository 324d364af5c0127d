"""From a sample to what Net-T trains and is validated on."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.coarse_masks import coarsen
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import UNKNOWN
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.net_t.segmentation import (
    TEST_EROSION,
    eroded_segmentation,
    random_blur,
    random_segmentation,
    true_trimap,
)
from matting_models.networks.net_t.view import padded, scaled_by

IGNORED = 255
"""Class of pixels whose truth is not known."""
SCALES = (0.75, 2.0)
"""Longer side of the instance's crop in training, over the side of what the network sees; log-uniform."""
CONTEXTS = (0.7, 1.5)
"""Of the context around the instance, over that of prediction."""
SMALLEST = 24
"""Fewer pixels of alpha above 0 are no object."""


@dataclass(slots=True)
class Example:
    """One patch, S x S in training.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) uint8, RGB.
        segmentation: (1, S, S) uint8, 255 for foreground.
        classes: (S, S) uint8: 0 background, 1 unknown, 2 foreground, ``IGNORED`` where the truth is not known.
    """

    sample_id: str
    image: NDArray[np.uint8]
    segmentation: NDArray[np.uint8]
    classes: NDArray[np.uint8]


@dataclass(slots=True)
class Instance(Example):
    """One whole instance: image and segmentation padded to multiples of 32, classes (H, W) not."""


@dataclass(slots=True)
class _Crop:
    """(H, W[, 3]) uint8 each; ``trusted`` is 0 where alpha is not known."""

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    trusted: NDArray[np.uint8]


def train_example(sample: Sample, side: int, coarse_share: float, rng: np.random.Generator) -> Example:
    """Crop, flip and scale an instance, cut a patch around a pixel of its unknown region, degrade its segmentation.

    Args:
        sample: with foreground in it.
        side: S.
        coarse_share: of segmentations made as people and networks draw masks, in the place of the paper's.
        rng: everything random comes from it.

    Raises:
        BadSample: too little foreground, or its segmentation vanishes.
    """
    crop = _around(sample, rng.uniform(*CONTEXTS))
    if rng.random() < 0.5:
        crop = _Crop(*(np.ascontiguousarray(x[:, ::-1]) for x in (crop.image, crop.alpha, crop.trusted)))
    longer = side * math.exp(rng.uniform(math.log(SCALES[0]), math.log(SCALES[1])))
    crop = _scaled(crop, longer / max(crop.alpha.shape))
    classes = true_trimap(crop.alpha, side)
    coarse = coarsen(crop.alpha, rng) if rng.random() < coarse_share else None
    window = _window(classes, crop.trusted, side, rng)
    if coarse is not None and coarse[window].any():
        segmentation: NDArray[np.uint8] | None = random_blur(coarse[window], side, rng)
    else:
        segmentation = random_segmentation(crop.alpha[window], side, rng)
    if segmentation is None:
        raise BadSample(sample.sample_id, "its segmentation vanishes when it is eroded")
    return Example(
        sample.sample_id,
        _filled(crop.image[window], side).transpose(2, 0, 1),
        _filled(segmentation, side)[None],
        _known(classes[window], crop.trusted[window], side),
    )


def whole_instance(sample: Sample, side: int, erosion: int = TEST_EROSION) -> Instance:
    """The whole instance with the longer side ``side``, as in prediction, and the segmentation that the paper tests
    with.

    Raises:
        BadSample: too little foreground, or its segmentation vanishes.
    """
    crop = _around(sample, 1.0)
    crop = _scaled(crop, side / max(crop.alpha.shape))
    classes = true_trimap(crop.alpha, side)
    segmentation = eroded_segmentation(classes, side, erosion)
    if segmentation is None:
        raise BadSample(sample.sample_id, f"its segmentation vanishes when it is eroded by {erosion} px of 512")
    known = np.where(crop.trusted > 0, classes, np.uint8(IGNORED))
    return Instance(sample.sample_id, padded(crop.image).transpose(2, 0, 1).copy(), padded(segmentation)[None], known)


def _around(sample: Sample, factor: float) -> _Crop:
    if int((sample.alpha > 0).sum()) < SMALLEST:
        raise BadSample(sample.sample_id, f"fewer than {SMALLEST} pixels of its alpha are above 0")
    window = crop_around(sample.alpha, factor)
    trusted = np.full_like(sample.alpha, 255) if sample.trusted is None else sample.trusted
    return _Crop(sample.image[window], sample.alpha[window], trusted[window])


def _scaled(crop: _Crop, scale: float) -> _Crop:
    image, alpha = scaled_by(crop.image, scale), scaled_by(crop.alpha, scale)
    size = (alpha.shape[1], alpha.shape[0])
    trusted = np.asarray(cv2.resize(crop.trusted, size, interpolation=cv2.INTER_NEAREST), np.uint8)
    return _Crop(image, alpha, trusted)


def _window(
    classes: NDArray[np.uint8], trusted: NDArray[np.uint8], side: int, rng: np.random.Generator
) -> tuple[slice, slice]:
    """Around a random unknown pixel whose truth is known; around any where there is none."""
    height, width = classes.shape
    interesting = np.flatnonzero((classes == UNKNOWN) & (trusted > 0))
    place = int(rng.choice(interesting)) if len(interesting) else int(rng.integers(classes.size))
    row, column = divmod(place, width)
    top, left = (
        min(max(0, centre - side // 2), max(0, length - side)) for centre, length in ((row, height), (column, width))
    )
    return slice(top, min(height, top + side)), slice(left, min(width, left + side))


def _filled(picture: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """To ``side`` x ``side``, the edges repeated."""
    border = [(0, side - length) for length in picture.shape[:2]]
    return np.pad(picture, border + [(0, 0)] * (picture.ndim - 2), mode="edge")


def _known(classes: NDArray[np.uint8], trusted: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """To ``side`` x ``side``; the padding is ignored like what is not trusted."""
    height, width = classes.shape
    known = np.full((side, side), IGNORED, np.uint8)
    known[:height, :width] = np.where(trusted > 0, classes, np.uint8(IGNORED))
    return known
