"""From a sample and its reference to what the network trains and is validated on."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.data.sample import BadSample, Sample
from matting_models.data.trimaps import EVALUATION_ELLIPSE, UNKNOWN, from_alpha, scaled_ellipse, to_classes
from matting_models.networks.icon.square import GREY, square_of


@dataclass(slots=True)
class Example:
    """A target and its reference, both in squares of side S.

    Attributes:
        sample_id: of the target.
        image: (3, S, S) uint8, RGB.
        alpha: (1, S, S) uint8, the truth.
        unknown: (1, S, S) bool, the trimap's.
        counted: (1, S, S) bool: in the picture, and the truth known.
        reference: (3, S, S) uint8, RGB.
        reference_alpha: (S, S) uint8; above 127 somewhere.
    """

    sample_id: str
    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    unknown: NDArray[np.bool_]
    counted: NDArray[np.bool_]
    reference: NDArray[np.uint8]
    reference_alpha: NDArray[np.uint8]


def example_of(sample: Sample, side: int) -> Example:
    """Nothing random, as the authors' training has no augmentation.

    Raises:
        BadSample: it has no reference, or that has no foreground.
    """
    if sample.reference is None:
        raise BadSample(
            sample.sample_id, 'its source gives no reference; icon trains from sources of kind "in-context"'
        )
    image, alpha = _placed(sample, side)
    reference, reference_alpha = _placed(sample.reference, side)
    if not (reference_alpha > 127).any():
        raise BadSample(
            sample.sample_id, f"its reference {sample.reference.sample_id} has no foreground above one half"
        )
    square = square_of(sample.alpha, side)
    trusted = np.full_like(sample.alpha, 255) if sample.trusted is None else sample.trusted
    return Example(
        sample.sample_id,
        image,
        alpha[None],
        _unknown(sample, alpha, side)[None],
        square.put(trusted, 0)[None] == 255,
        reference,
        reference_alpha,
    )


def _placed(sample: Sample, side: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    image = square_of(sample.image, side).put(sample.image, GREY)
    return np.ascontiguousarray(image.transpose(2, 0, 1)), square_of(sample.alpha, side).put(sample.alpha, 0)


def _unknown(sample: Sample, alpha: NDArray[np.uint8], side: int) -> NDArray[np.bool_]:
    """By the sample's own trimap, or one of fixed width."""
    if sample.trimap is None:
        ellipse = scaled_ellipse(EVALUATION_ELLIPSE, side)
        return np.asarray(from_alpha(alpha, ellipse, ellipse) == UNKNOWN)
    return np.asarray(to_classes(square_of(sample.trimap, side).put(sample.trimap, 0)) == UNKNOWN)
