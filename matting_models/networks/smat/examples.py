"""From samples to what the network trains and is validated on."""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.colour import jitter_colour
from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import UNKNOWN, from_alpha, random_ellipses
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.drawn_prompts import (
    INSIDE,
    Kind,
    evaluation_prompt,
    pen_of,
    training_prompt,
)
from matting_models.networks.smat.view import resized, view_of

DUPLICATED = 0.6
"""Share of examples that show a photo twice, side by side, one of which is meant; their prompt is a box."""
SALIENT = 0.25
"""Of the others, where a photo has several instances: share that shows all of them, without prompt."""
BOXED = 0.4
"""Of the others, where there is one foreground: share with a box; the rest has no prompt."""
INSTANCE_KINDS: tuple[Kind, ...] = ("box", "points", "scribble")
WHOLE = 0.5
"""Share of the examples, duplicates apart, that show the whole photo, stretched to a square; the rest are crops."""
FLIP = 0.5
DUPLICATE_SIDE = 500
"""Pixels of a square of duplicates before it is cropped, at the paper's training side."""
MARGIN = 1.1
"""Shorter side of a photo that is cropped, over the crop's, at least."""
LEAST_UNKNOWN = 10
"""With fewer unknown pixels a photo is cropped anywhere."""
METHODS = (cv2.INTER_NEAREST, cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_LANCZOS4)
VALIDATED: tuple[Kind, ...] = ("box", "points", "scribble", "none")
"""Kinds of prompt in validation; of points, one."""

Pixels = NDArray[np.uint8]


@dataclass(slots=True)
class Example:
    """One square input with its truth.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) uint8, RGB.
        alpha: (1, S, S) uint8.
        foreground: (1, S, S) bool: foreground or unknown.
        trusted: (1, S, S) bool: where alpha is known.
        prompt: (1, S, S) uint8 of 0 and 1.
    """

    sample_id: str
    image: Pixels
    alpha: Pixels
    foreground: NDArray[np.bool_]
    trusted: NDArray[np.bool_]
    prompt: Pixels


@dataclass(slots=True)
class Photo:
    """A whole photo, as prediction sees it.

    Attributes:
        sample_id: of the sample.
        image: (3, H, W) uint8, RGB.
        alpha: (H, W) uint8, the truth.
        prompts: (len(VALIDATED), 1, H, W) uint8 of 0 and 1.
    """

    sample_id: str
    image: Pixels
    alpha: Pixels
    prompts: Pixels


@dataclass(frozen=True, slots=True)
class _Pictures:
    """What is cropped and scaled together."""

    image: Pixels
    alpha: Pixels
    trusted: Pixels

    def part(self, rows: slice, columns: slice) -> "_Pictures":
        return _Pictures(self.image[rows, columns], self.alpha[rows, columns], self.trusted[rows, columns])

    def scaled(self, size: tuple[int, int], method: int) -> "_Pictures":
        image, alpha = (_scaled(x, size, method) for x in (self.image, self.alpha))
        return _Pictures(image, alpha, _scaled(self.trusted, size, cv2.INTER_NEAREST))


def train_example(sample: Sample, config: SMatConfig, rng: np.random.Generator) -> Example:
    """Choose what is meant and how it is marked; then flip, scale, crop, change colours, draw the prompt.

    Args:
        sample: with foreground in it.
        config: of the network.
        rng: everything random comes from it.

    Raises:
        BadSample: no foreground, or none is left at this side.
    """
    pictures, kind, duplicated = _meant(sample, rng)
    if rng.random() < FLIP:
        pictures = _Pictures(pictures.image[:, ::-1], pictures.alpha[:, ::-1], pictures.trusted[:, ::-1])
    pictures = _seen(pictures, duplicated, config, rng)
    if not (pictures.alpha > INSIDE * 255).any():
        raise BadSample(sample.sample_id, f"none of its alpha is above {INSIDE} at {config.side} pixels")
    pen = pen_of(config)
    if sample.whole is None:
        foreground = from_alpha(pictures.alpha, *random_ellipses(rng, config.side)) >= UNKNOWN
    else:
        foreground = pictures.alpha > 0
    prompt = training_prompt(kind, pictures.alpha, pen, rng)
    return Example(
        sample.sample_id,
        np.ascontiguousarray(pictures.image.transpose(2, 0, 1)),
        np.ascontiguousarray(pictures.alpha[None]),
        np.ascontiguousarray(foreground[None]),
        pictures.trusted[None] > 0,
        prompt[None],
    )


def evaluation_example(sample: Sample, config: SMatConfig, rng: np.random.Generator) -> Photo:
    """The whole photo with a prompt of each kind, the authors' of evaluation but for a single point.

    Raises:
        BadSample: no foreground is left at the size it is seen at.
    """
    view = view_of(sample.alpha.shape[0], sample.alpha.shape[1], config)
    image, alpha = resized(sample.image, view.size), resized(sample.alpha, view.size)
    if not alpha.any():
        raise BadSample(sample.sample_id, f"no foreground is left of it at {view.size[1]}x{view.size[0]}")
    values, pen = alpha.astype(np.float32) / np.float32(255), pen_of(config)
    prompts = np.stack([evaluation_prompt(kind, values, pen, rng, points=1) for kind in VALIDATED])
    return Photo(sample.sample_id, np.array(image.transpose(2, 0, 1)), np.array(alpha), prompts[:, None])


def _meant(sample: Sample, rng: np.random.Generator) -> tuple[_Pictures, Kind, bool]:
    """What is to be matted, by which kind of prompt, and whether photos are duplicated."""
    if not sample.alpha.any():
        raise BadSample(sample.sample_id, "its alpha has no foreground")
    trusted = np.full_like(sample.alpha, 255) if sample.trusted is None else sample.trusted
    pictures = _Pictures(sample.image, sample.alpha, trusted)
    if rng.random() < DUPLICATED:
        return _duplicated(pictures, rng), "box", True
    if sample.whole is None:
        return pictures, "box" if rng.random() < BOXED else "none", False
    if rng.random() < SALIENT:
        return replace(pictures, alpha=sample.whole()), "none", False
    return pictures, INSTANCE_KINDS[int(rng.integers(len(INSTANCE_KINDS)))], False


def _duplicated(pictures: _Pictures, rng: np.random.Generator) -> _Pictures:
    """Twice, one above or beside the other; only one of the two is meant."""
    axis = int(rng.integers(2))
    alphas = [pictures.alpha, np.zeros_like(pictures.alpha)]
    if rng.random() < 0.5:
        alphas.reverse()
    image, trusted = (np.concatenate([x, x], axis) for x in (pictures.image, pictures.trusted))
    return _Pictures(image, np.concatenate(alphas, axis), trusted)


def _seen(pictures: _Pictures, duplicated: bool, config: SMatConfig, rng: np.random.Generator) -> _Pictures:
    """Of the network's side: duplicates, the whole photo, or a crop where some of the foreground is in it."""
    side, method = config.side, METHODS[int(rng.integers(len(METHODS)))]
    if duplicated:
        full = config.scaled(DUPLICATE_SIDE)
        top, left = (int(x) for x in rng.integers(full - side + 1, size=2))
        large = pictures.scaled((full, full), method)
        return _coloured(large.part(slice(top, top + side), slice(left, left + side)), rng)
    if rng.random() >= WHOLE:
        crop = _crop(pictures, method, config, rng)
        if (crop.alpha > INSIDE * 255).any():
            return _coloured(crop, rng)
    return pictures.scaled((side, side), method)


def _crop(pictures: _Pictures, method: int, config: SMatConfig, rng: np.random.Generator) -> _Pictures:
    """Around an unknown pixel, of the photo at a random size: from where it just covers the crop to its own."""
    side = config.side
    height, width = pictures.alpha.shape
    least = MARGIN * side / min(height, width)
    scale = rng.uniform(least, max(least, min(1.0, config.longest / max(height, width))))
    large = pictures.scaled((max(side, round(scale * height)), max(side, round(scale * width))), method)
    rows, columns = np.nonzero((large.alpha > 0) & (large.alpha < 255))
    height, width = large.alpha.shape
    if len(rows) < LEAST_UNKNOWN:
        top, left = int(rng.integers(height - side + 1)), int(rng.integers(width - side + 1))
    else:
        pick = int(rng.integers(len(rows)))
        top = min(max(0, int(rows[pick]) - side // 2), height - side)
        left = min(max(0, int(columns[pick]) - side // 2), width - side)
    return large.part(slice(top, top + side), slice(left, left + side))


def _coloured(pictures: _Pictures, rng: np.random.Generator) -> _Pictures:
    return replace(pictures, image=jitter_colour(np.ascontiguousarray(pictures.image), rng))


def _scaled(picture: Pixels, size: tuple[int, int], method: int) -> Pixels:
    """What shrinks to less than half is averaged first, against aliasing."""
    picture = np.ascontiguousarray(picture)
    height, width = size
    if method != cv2.INTER_NEAREST and picture.shape[0] > 2 * height and picture.shape[1] > 2 * width:
        picture = np.asarray(cv2.resize(picture, (2 * width, 2 * height), interpolation=cv2.INTER_AREA), np.uint8)
    return np.asarray(cv2.resize(picture, (width, height), interpolation=method), np.uint8)
