"""From a described sample to what the network trains and is validated on."""

import re
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import from_alpha
from matting_models.errors import InputError
from matting_models.networks.clipmat.config import SIDE
from matting_models.networks.clipmat.prompts import EVALUATED, PREFIXES, prompt_of
from matting_models.networks.clipmat.tokens import Tokens
from matting_models.networks.smat.view import resized

FLIP = 0.5
ELLIPSE = 22
"""Pixels at SIDE that alpha's 0 and 255 are eroded by: the middle of P3M's 15 to 30. Not at random as there: where a
band of random width ends cannot be learned."""
_SIDED = re.compile(r"\b(left|right)", re.IGNORECASE)
"""Words that a mirror image makes false."""

Pixels = NDArray[np.uint8]


@dataclass(slots=True)
class Example:
    """A photo in a square of side S, with a text.

    Attributes:
        sample_id: of the sample.
        image: (3, S, S) uint8, RGB.
        alpha: (1, S, S) uint8, the truth.
        classes: (S, S) uint8: 0 background, 1 unknown, 2 foreground.
        text: (T,) int64.
    """

    sample_id: str
    image: Pixels
    alpha: Pixels
    classes: Pixels
    text: NDArray[np.int64]


def train_example(sample: Sample, side: int, tokens: Tokens, rng: np.random.Generator) -> Example:
    """Half of the photos mirrored, unless that made the text false; keywords behind a prefix of the bag.

    Nothing is cropped and no colour changed, since texts speak of places and of colours.

    Raises:
        BadSample: no text, or one that is too long; no foreground is left at this side.
    """
    prefix = PREFIXES[int(rng.integers(len(PREFIXES)))]
    mirrored = rng.random() < FLIP
    return _example(sample, side, tokens, prefix, mirrored)


def evaluation_example(sample: Sample, side: int, tokens: Tokens) -> Example:
    """As prediction sees it; nothing random.

    Raises:
        BadSample: as of ``train_example``.
    """
    return _example(sample, side, tokens, EVALUATED, mirrored=False)


def _example(sample: Sample, side: int, tokens: Tokens, prefix: str, mirrored: bool) -> Example:
    if sample.text is None:
        raise BadSample(sample.sample_id, 'its source gives no text; clipmat trains from sources of kind "refmatte"')
    try:
        words = prompt_of(sample.text, prefix)
        text = tokens.encode(words)
    except InputError as error:
        raise BadSample(sample.sample_id, str(error)) from None
    image, alpha = (resized(picture, (side, side)) for picture in (sample.image, sample.alpha))
    if not alpha.any():
        raise BadSample(sample.sample_id, f"nothing of its alpha is left at {side} pixels")
    if mirrored and not _SIDED.search(words):
        image, alpha = image[:, ::-1], np.ascontiguousarray(alpha[:, ::-1])
    ellipse = max(1, round(ELLIPSE * side / SIDE))
    return Example(
        sample.sample_id,
        np.ascontiguousarray(image.transpose(2, 0, 1)),
        alpha[None],
        from_alpha(alpha, ellipse, ellipse),
        text,
    )
