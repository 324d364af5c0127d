"""From a sample to what the network trains and is validated on."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_of
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import (
    EVALUATION_ELLIPSE,
    REFERENCE_SIZE,
    UNKNOWN,
    from_alpha,
    random_ellipses,
    scaled_ellipse,
    to_classes,
)
from matting_models.networks.net_m.inputs import planes_of

PAPER_SIDE = 512
"""Side of the paper's crops, at which its erosions of 1 to 29 pixels are meant."""
FLIP = 0.5
LARGEST = 4.0
"""Longer side of the instance with its surroundings over the crop's side, log-uniform from 1 to this."""
ENLARGED = 1.25
"""Instances are enlarged at most so much, save where they would not cover the crop."""
SURROUNDINGS = (0.05, 0.4)
"""Of the longer side of the instance's box, on every side of it, uniform."""
VALIDATION_SURROUNDINGS = 0.25
LEAST_UNKNOWN = 10
"""A trimap with fewer unknown pixels is cropped anywhere."""
LEAST_ELLIPSE = 3
"""Of validation's trimaps; smaller ones leave nothing unknown around hard edges."""
LONGEST = 640
"""Longer side in pixels that instances are validated at, at most."""

Window = tuple[slice, slice]


@dataclass(slots=True)
class Example:
    """One crop.

    Attributes:
        sample_id: of the sample.
        planes: (4, S, S) uint8, see ``planes_of``.
        alpha: (1, S, S) uint8, the truth.
        trusted: (1, S, S) bool, where it is known.
    """

    sample_id: str
    planes: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    trusted: NDArray[np.bool_]


@dataclass(slots=True)
class Instance:
    """One whole instance.

    Attributes:
        sample_id: of the sample.
        planes: (4, H', W') uint8, see ``planes_of``.
        image: (H, W, 3) uint8, RGB.
        trimap: (H, W) uint8 classes.
        alpha: (H, W) uint8, the truth.
        counted: (H, W) bool: unknown, and the truth known; true somewhere.
    """

    sample_id: str
    planes: NDArray[np.uint8]
    image: NDArray[np.uint8]
    trimap: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    counted: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What is cropped and scaled together; ``trimap`` None where the sample brings none."""

    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    trimap: NDArray[np.uint8] | None
    trusted: NDArray[np.uint8]

    def each(self, change: Callable[[NDArray[np.uint8]], NDArray[np.uint8]]) -> "_Pictures":
        trimap = None if self.trimap is None else change(self.trimap)
        return _Pictures(change(self.image), change(self.alpha), trimap, change(self.trusted))

    def resized(self, height: int, width: int) -> "_Pictures":
        method = cv2.INTER_AREA if height < self.alpha.shape[0] else cv2.INTER_CUBIC

        def resize(picture: NDArray[np.uint8], method: int) -> NDArray[np.uint8]:
            return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)

        trimap = None if self.trimap is None else resize(self.trimap, cv2.INTER_NEAREST)
        trusted = resize(self.trusted, cv2.INTER_NEAREST)
        return _Pictures(resize(self.image, method), resize(self.alpha, method), trimap, trusted)


def train_example(sample: Sample, side: int, rng: np.random.Generator) -> Example:
    """Flip, crop and scale the instance, take or make a trimap, cut a crop around an unknown pixel.

    Args:
        sample: with foreground in it. Its own trimap is used; where it has none, one is made by random erosion.
        side: S.
        rng: everything random comes from it.

    Raises:
        BadSample: no foreground.
    """
    pictures = _pictures_of(sample)
    if rng.random() < FLIP:
        pictures = pictures.each(lambda x: x[:, ::-1])
    pictures = _scaled(pictures, side, rng)
    if pictures.trimap is None:
        ellipses = random_ellipses(rng, round(side * REFERENCE_SIZE / PAPER_SIDE))
        classes = from_alpha(pictures.alpha, *ellipses)
    else:
        classes = to_classes(pictures.trimap)
    window = _crop((classes == UNKNOWN) & (pictures.trusted > 0), side, rng)
    planes = planes_of(pictures.image[window], classes[window])
    alpha, trusted = pictures.alpha[window], pictures.trusted[window] > 0
    return Example(sample.sample_id, planes, np.ascontiguousarray(alpha[None]), trusted[None])


def evaluation_example(sample: Sample) -> Instance:
    """The whole instance; its own trimap, or one of fixed width.

    Raises:
        BadSample: no foreground, or nothing unknown whose alpha is known.
    """
    pictures = _pictures_of(sample)
    context = VALIDATION_SURROUNDINGS * _long_side(pictures.alpha)
    window = _around(pictures.alpha, context)
    pictures = pictures.each(lambda x: x[window])
    longest = max(pictures.alpha.shape)
    if longest > LONGEST:
        height, width = (max(1, round(length * LONGEST / longest)) for length in pictures.alpha.shape)
        pictures = pictures.resized(height, width)
    if pictures.trimap is None:
        ellipse = max(LEAST_ELLIPSE, scaled_ellipse(EVALUATION_ELLIPSE, max(pictures.alpha.shape)))
        classes = from_alpha(pictures.alpha, ellipse, ellipse)
    else:
        classes = to_classes(pictures.trimap)
    counted = (classes == UNKNOWN) & (pictures.trusted > 0)
    if not counted.any():
        raise BadSample(sample.sample_id, "its trimap has no unknown pixel whose alpha is known")
    image, alpha = (np.array(x) for x in (pictures.image, pictures.alpha))  # torch wants arrays of its own
    return Instance(sample.sample_id, planes_of(image, classes), image, classes, alpha, counted)


def _pictures_of(sample: Sample) -> _Pictures:
    if not sample.alpha.any():
        raise BadSample(sample.sample_id, "its alpha has no foreground")
    trusted = np.full_like(sample.alpha, 255) if sample.trusted is None else sample.trusted
    return _Pictures(sample.image, sample.alpha, sample.trimap, trusted)


def _scaled(pictures: _Pictures, side: int, rng: np.random.Generator) -> _Pictures:
    """The instance and its surroundings, at a random size that covers ``side`` both ways."""
    box = _long_side(pictures.alpha)
    context = rng.uniform(*SURROUNDINGS) * box
    wanted = side * math.exp(rng.uniform(0, math.log(LARGEST)))
    scale = min(wanted / (box + 2 * context), ENLARGED)
    window = _around(pictures.alpha, context, side / scale)
    pictures = pictures.each(lambda x: x[window])
    scale = max(scale, side / min(pictures.alpha.shape))
    height, width = (max(side, round(length * scale)) for length in pictures.alpha.shape)
    return pictures.each(np.ascontiguousarray).resized(height, width)


def _long_side(alpha: NDArray[np.uint8]) -> int:
    x0, y0, x1, y1 = box_of(alpha)
    return max(x1 - x0, y1 - y0)


def _around(alpha: NDArray[np.uint8], context: float, least: float = 0) -> Window:
    """The box with ``context`` pixels around it, ``least`` pixels long and wide where the photo is."""
    x0, y0, x1, y1 = box_of(alpha)
    height, width = alpha.shape
    return _span(y0, y1, context, least, height), _span(x0, x1, context, least, width)


def _span(low: int, high: int, context: float, least: float, length: int) -> slice:
    extra = max(context, (least - (high - low)) / 2)
    first, last = math.floor(low - extra), math.ceil(high + extra)
    first, last = max(0, first - max(0, last - length)), min(length, last + max(0, -first))
    return slice(first, last)


def _crop(interesting: NDArray[np.bool_], side: int, rng: np.random.Generator) -> Window:
    """Centred on an interesting pixel where there are enough of them and the border allows."""
    height, width = interesting.shape
    rows, columns = np.nonzero(interesting)
    if len(rows) < LEAST_UNKNOWN:
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    else:
        pick = int(rng.integers(len(rows)))
        top = min(max(0, int(rows[pick]) - side // 2), height - side)
        left = min(max(0, int(columns[pick]) - side // 2), width - side)
    return slice(top, top + side), slice(left, left + side)
