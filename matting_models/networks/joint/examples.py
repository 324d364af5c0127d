"""From a labelled sample to what the adaptation trains on: a photo, its coarse mask, and a pseudo trimap of that."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.backgrounds import random_background
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import from_alpha
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.net_t.segmentation import fixed_blur, in_pixels
from matting_models.pictures import PictureProblem

FOREGROUND, BACKGROUND = 15, 50
"""Pixels at 512 by which the mask and what is around it are eroded for the pseudo trimap (supplement A.3)."""
SMALLEST = 24
"""Fewer pixels of mask are no object."""
ENLARGED = 2.0
"""Crops are enlarged at most so much."""


@dataclass(slots=True)
class Example:
    """One crop of side S.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) float32, RGB in [0, 1].
        segmentation: (1, S, S) float32 in [0, 1], coarse.
        classes: (S, S) uint8, the pseudo trimap: 0 background, 1 unknown, 2 foreground.
        weight: (1, S, S) float32, 0 beyond the photo.
        background: (3, S, S) float32, or None.
    """

    sample_id: str
    image: NDArray[np.float32]
    segmentation: NDArray[np.float32]
    classes: NDArray[np.uint8]
    weight: NDArray[np.float32]
    background: NDArray[np.float32] | None


def train_example(sample: Sample, side: int, backgrounds: Sequence[Path] | None, rng: np.random.Generator) -> Example:
    """Crop the instance, scale it to about the side, cut a square at its edge.

    Args:
        sample: its alpha above one half is the mask.
        side: S.
        backgrounds: photos to choose one of, or None.
        rng: everything random comes from it.

    Raises:
        BadSample: too little foreground, or a background that cannot be read.
    """
    image, mask = _instance(sample, side, rng)
    segmentation, classes = coarse(mask, side), pseudo_trimap(mask, side)
    window = _window(mask, side, rng)
    pad = [(0, side - n) for n in mask[window].shape]
    weight = np.pad(np.ones(mask[window].shape, np.float32), pad)
    return Example(
        sample.sample_id,
        as_planes(np.pad(image[window], (*pad, (0, 0)), mode="edge")),
        np.pad(segmentation[window], pad, mode="edge")[None],
        np.pad(classes[window], pad, mode="edge"),
        weight[None],
        None if backgrounds is None else _background(sample.sample_id, backgrounds, side, rng),
    )


def mask_of(sample: Sample) -> NDArray[np.uint8]:
    """(H, W) uint8 of 0 and 1.

    Raises:
        BadSample: too little foreground.
    """
    mask = (sample.alpha > 127).view(np.uint8)
    if int(mask.sum()) < SMALLEST:
        raise BadSample(sample.sample_id, f"fewer than {SMALLEST} pixels of its alpha are above one half")
    return mask


def coarse(mask: NDArray[np.uint8], side: int) -> NDArray[np.float32]:
    """The mask as Net-T is given it, blurred.

    Args:
        mask: (H, W) uint8 of 0 and 1.
        side: of the network's input, with which the sizes scale.

    Returns:
        (H, W) float32 in [0, 1].
    """
    return fixed_blur(mask * np.uint8(255), side).astype(np.float32) / np.float32(255)


def pseudo_trimap(mask: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Classes from a mask: (H, W) uint8, 0 background, 1 unknown, 2 foreground; arguments as ``coarse``."""
    return from_alpha(mask * np.uint8(255), in_pixels(FOREGROUND, side), in_pixels(BACKGROUND, side))


def as_planes(image: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(H, W, 3) uint8 to (3, H, W) float32 in [0, 1]."""
    return np.ascontiguousarray(image.transpose(2, 0, 1), np.float32) / np.float32(255)


def _instance(sample: Sample, side: int, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Photo and mask around the instance, scaled and mirrored at random."""
    mask = mask_of(sample)
    window = crop_around(mask, rng.uniform(0.7, 1.5))
    image, mask = sample.image[window], mask[window]
    scale = min(side * rng.uniform(0.9, 1.4) / max(mask.shape), ENLARGED)
    size = tuple(max(8, round(n * scale)) for n in mask.shape[::-1])
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)
    mask = np.asarray(cv2.resize(mask * np.uint8(255), size, interpolation=method) > 127, np.uint8)
    if not mask.any():
        raise BadSample(sample.sample_id, "its mask vanishes when it is made smaller")
    if rng.random() < 0.5:
        image, mask = image[:, ::-1], np.ascontiguousarray(mask[:, ::-1])
    return image, mask


def _window(mask: NDArray[np.uint8], side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """A square around a pixel of the mask, inside the picture where that is large enough."""
    rows, columns = np.nonzero(mask)
    pick = int(rng.integers(len(rows)))
    corner = [int(at) - int(rng.uniform(0.25, 0.75) * side) for at in (rows[pick], columns[pick])]
    top, left = (min(max(0, at), max(0, n - side)) for at, n in zip(corner, mask.shape, strict=True))
    return slice(top, top + side), slice(left, left + side)


def _background(ident: str, photos: Sequence[Path], side: int, rng: np.random.Generator) -> NDArray[np.float32]:
    try:
        return as_planes(random_background(photos, side, side, rng)[1])
    except PictureProblem as problem:
        raise BadSample(ident, str(problem)) from None
