"""From samples to the network's square inputs: the paper's augmentation, and none for evaluation."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_of, jitter
from matting_models.data.colour import jitter_colour
from matting_models.data.fit import fit_size
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import EVALUATION_ELLIPSE, from_alpha, random_ellipses, scaled_ellipse, to_classes
from matting_models.networks.semat.config import Architecture
from matting_models.networks.semat.framing import corner_pixels, interpolation, pad_colour, scaled_size

FLIP = 0.5
SCALES = (0.5, 1.5)
METHODS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)


@dataclass(slots=True)
class Example:
    """One square input with its truth.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) uint8, RGB.
        alpha: (1, S, S) uint8.
        trimap: (S, S) uint8 classes: 0 background, 1 unknown, 2 foreground.
        box: (4,) float32 x0, y0, x1, y1 in pixels, as the architecture has it: edges, or first and last pixel.
        size: (2,) int32, height and width of what is not padding.
    """

    sample_id: str
    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    trimap: NDArray[np.uint8]
    box: NDArray[np.float32]
    size: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class _Window:
    """The part of a scaled picture that is kept: ``top`` and ``left`` in it, and its size."""

    scaled: tuple[int, int]
    top: int
    left: int
    height: int
    width: int


def train_example(sample: Sample, size: int, rng: np.random.Generator, architecture: Architecture) -> Example:
    """Flip, scale, crop, change colours, jitter the box (SEMat paper's code; docs/decisions.md).

    The long side becomes ``size`` x U(0.5, 1.5), by a random interpolation method; a random crop of at most ``size`` is
    kept and padded at the bottom and right. A crop without any foreground is moved to where some is.

    Args:
        sample: with foreground in it.
        size: S.
        rng: everything random comes from it.
        architecture: says what is beside the photo, and which numbers a box is.

    Raises:
        BadSample: no foreground is left at this size.
    """
    image, alpha, trimap = sample.image, sample.alpha, sample.trimap
    if rng.random() < FLIP:
        image, alpha = image[:, ::-1], alpha[:, ::-1]
        trimap = None if trimap is None else trimap[:, ::-1]
    long_side = max(1, round(rng.uniform(*SCALES) * size))
    window = _random_window(alpha, long_side, size, rng)
    method = int(rng.choice(METHODS))
    matte = _cut(alpha, window, method)
    if not matte.any():  # a speck can fall between the samples that interpolation takes
        method = cv2.INTER_AREA
        matte = _cut(alpha, window, method)
    _check_foreground(sample, matte)
    photo = _cut(image, window, method)
    if long_side > max(image.shape[:2]):  # whichever has fewer pixels
        photo = _cut(jitter_colour(image, rng), window, method)
    else:
        photo = jitter_colour(photo, rng)
    if trimap is None:
        classes = from_alpha(matte, *random_ellipses(rng, size))
    else:
        classes = to_classes(_cut(trimap, window, cv2.INTER_NEAREST))
    box = jitter(box_of(matte), window.height, window.width, rng)
    return _square(sample.sample_id, photo, matte, classes, box, size, architecture)


def eval_example(sample: Sample, size: int, architecture: Architecture) -> Example:
    """Scale the long side to ``size``; the exact box; nothing random.

    Raises:
        BadSample: no foreground is left at this size.
    """
    height, width = scaled_size(sample.alpha.shape[0], sample.alpha.shape[1], size, architecture)
    window = _Window((height, width), 0, 0, height, width)
    method = interpolation(height < sample.alpha.shape[0], architecture)
    photo, matte = _cut(sample.image, window, method), _cut(sample.alpha, window, method)
    _check_foreground(sample, matte)
    if sample.trimap is None:
        ellipse = scaled_ellipse(EVALUATION_ELLIPSE, size)
        classes = from_alpha(matte, ellipse, ellipse)
    else:
        classes = to_classes(_cut(sample.trimap, window, cv2.INTER_NEAREST))
    return _square(sample.sample_id, photo, matte, classes, box_of(matte), size, architecture)


def _check_foreground(sample: Sample, matte: NDArray[np.uint8]) -> None:
    """Without foreground there is no box."""
    if not matte.any():
        found = f"{int((sample.alpha > 0).sum())} pixels of foreground"
        raise BadSample(sample.sample_id, f"its {found} vanish when it is scaled to {matte.shape[1]}x{matte.shape[0]}")


def _random_window(alpha: NDArray[np.uint8], long_side: int, size: int, rng: np.random.Generator) -> _Window:
    scaled = fit_size(alpha.shape[0], alpha.shape[1], long_side)
    height, width = min(size, scaled[0]), min(size, scaled[1])
    top, left = (int(rng.integers(full - part + 1)) for full, part in zip(scaled, (height, width), strict=True))
    scale_y, scale_x = alpha.shape[0] / scaled[0], alpha.shape[1] / scaled[1]
    seen = alpha[
        int(top * scale_y) : max(int(top * scale_y) + 1, int((top + height) * scale_y)),
        int(left * scale_x) : max(int(left * scale_x) + 1, int((left + width) * scale_x)),
    ]
    if not seen.any():
        rows, columns = np.nonzero(alpha)
        pick = int(rng.integers(len(rows)))
        top = _around(int(rows[pick] / scale_y), height, scaled[0])
        left = _around(int(columns[pick] / scale_x), width, scaled[1])
    return _Window(scaled, top, left, height, width)


def _around(centre: int, part: int, full: int) -> int:
    return min(max(0, centre - part // 2), full - part)


def _cut(picture: NDArray[np.uint8], window: _Window, method: int) -> NDArray[np.uint8]:
    """Scale a picture and keep the window; what shrinks to less than half is averaged first, against aliasing."""
    height, width = window.scaled
    picture = np.ascontiguousarray(picture)
    if method not in (cv2.INTER_NEAREST, cv2.INTER_AREA) and max(picture.shape[:2]) > 2 * max(height, width):
        averaged = cv2.resize(picture, (2 * width, 2 * height), interpolation=cv2.INTER_AREA)
        scaled = cv2.resize(averaged, (width, height), interpolation=method)
    else:
        scaled = cv2.resize(picture, (width, height), interpolation=method)
    part = scaled[window.top : window.top + window.height, window.left : window.left + window.width]
    return part.astype(np.uint8, copy=False)


def _square(
    sample_id: str,
    photo: NDArray[np.uint8],
    matte: NDArray[np.uint8],
    classes: NDArray[np.uint8],
    box: tuple[int, int, int, int],
    size: int,
    architecture: Architecture,
) -> Example:
    """Pad at the bottom and right: the photo with one colour, alpha and trimap with background."""
    height, width = matte.shape
    image = np.empty((3, size, size), np.uint8)
    image[:] = np.array(pad_colour(architecture), np.uint8)[:, None, None]
    image[:, :height, :width] = photo.transpose(2, 0, 1)
    alpha = np.zeros((1, size, size), np.uint8)
    alpha[0, :height, :width] = matte
    trimap = np.zeros((size, size), np.uint8)
    trimap[:height, :width] = classes
    corners = box if architecture == "paper" else corner_pixels(*box)
    return Example(sample_id, image, alpha, trimap, np.array(corners, np.float32), np.array([height, width], np.int32))
