"""From a sample to what the network trains and is validated on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import UNKNOWN, from_alpha
from matting_models.networks.p3m.coarse import random_coarse
from matting_models.networks.p3m.config import SIDE
from matting_models.networks.smat.view import resized

CROPS = (512, 768, 1024)
"""Sides in pixels of crops, of which each is as likely; all become squares of ``SIDE``."""
ELLIPSES = (15, 30)
"""Pixels of the photo by which alpha's 0 and 255 are eroded for the three classes."""
AT_EDGE = 0.5
"""Share of crops around an unknown pixel; the others lie anywhere."""
FLIP = 0.5
IGNORED = 255
"""Class of pixels whose truth is not known."""

Pixels = NDArray[np.uint8]


@dataclass(slots=True)
class Example:
    """One crop, S x S.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) uint8, RGB.
        coarse: (1, S, S) uint8, what is to be refined.
        alpha: (1, S, S) uint8, the truth.
        classes: (S, S) uint8: 0 background, 1 unknown, 2 foreground, ``IGNORED`` where the truth is not known.
    """

    sample_id: str
    image: Pixels
    coarse: Pixels
    alpha: Pixels
    classes: Pixels


@dataclass(slots=True)
class Instance:
    """One whole photo.

    Attributes:
        sample_id: of the sample.
        image: (H, W, 3) uint8, RGB.
        coarse, alpha: (H, W) uint8.
    """

    sample_id: str
    image: Pixels
    coarse: Pixels
    alpha: Pixels


def train_example(sample: Sample, side: int, rng: np.random.Generator) -> Example:
    """Make the alpha coarse, cut a square of the photo, bring it to the side, mirror half of them.

    Args:
        sample: with foreground in it.
        side: S; crops and ellipses scale with it.
        rng: everything random comes from it.

    Raises:
        BadSample: no foreground.
    """
    _check(sample)
    coarse = random_coarse(sample.alpha, rng)
    ellipse = max(1, round(int(rng.integers(ELLIPSES[0], ELLIPSES[1] + 1)) * side / SIDE))
    classes = from_alpha(sample.alpha, ellipse, ellipse)
    if sample.trusted is not None:
        classes[sample.trusted == 0] = IGNORED
    window = _window(classes, side, rng)
    mirror = slice(None, None, -1 if rng.random() < FLIP else 1)
    image, coarse, alpha = (
        np.ascontiguousarray(resized(whole[window], (side, side))[:, mirror])
        for whole in (sample.image, coarse, sample.alpha)
    )
    return Example(
        sample.sample_id,
        np.ascontiguousarray(image.transpose(2, 0, 1)),
        coarse[None],
        alpha[None],
        np.ascontiguousarray(_nearest(classes[window], side)[:, mirror]),
    )


def evaluation_example(sample: Sample, rng: np.random.Generator) -> Instance:
    """The whole photo at its own size, as in prediction; smaller, its half would be seen smaller than any crop.

    Raises:
        BadSample: no foreground.
    """
    _check(sample)
    coarse = random_coarse(sample.alpha, rng)
    image, coarse, alpha = (np.array(each) for each in (sample.image, coarse, sample.alpha))  # torch wants to write
    return Instance(sample.sample_id, image, coarse, alpha)


def _check(sample: Sample) -> None:
    if not sample.alpha.any():
        raise BadSample(sample.sample_id, "its alpha is 0 everywhere")


def _window(classes: Pixels, side: int, rng: np.random.Generator) -> tuple[slice, slice]:
    """A square inside the photo, of the shorter side where that is shorter than all crops."""
    height, width = classes.shape
    crop = round(int(rng.choice(CROPS)) * side / SIDE)
    crop = min(crop if crop < min(height, width) else side, height, width)
    centre = int(rng.integers(classes.size))
    if rng.random() < AT_EDGE and len(unknown := np.flatnonzero(classes == UNKNOWN)):
        centre = int(rng.choice(unknown))
    top, left = (
        min(max(0, at - crop // 2), length - crop)
        for at, length in zip(divmod(centre, width), (height, width), strict=True)
    )
    return slice(top, top + crop), slice(left, left + crop)


def _nearest(classes: Pixels, side: int) -> Pixels:
    at = (np.arange(side) * 2 + 1) * len(classes) // (2 * side)
    return classes[np.ix_(at, at)]
