"""Instance matting quality."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.metrics._pair import check_matte
from matting_models.metrics.scores import score
from matting_models.needing import needing

MIN_IOU = 0.5
"""A matched pair below this IoU of alpha > 0 is no true positive."""

SCALE = 10.0
"""Errors are multiplied by this before they are taken from 1."""

FORMS = ("mad", "mse", "grad", "conn")


@dataclass(frozen=True, slots=True)
class Match:
    """A predicted instance that is a true positive.

    Attributes:
        prediction, truth: their positions in what was given.
        iou: of alpha > 0.
        mad, mse, grad, conn: errors, each a mean over the union of the two's alpha > 0.
    """

    prediction: int
    truth: int
    iou: float
    mad: float
    mse: float
    grad: float
    conn: float

    def similarity(self, form: str) -> float:
        """``1 - min(10 error, 1)`` of one of the four errors."""
        return 1 - min(SCALE * float(getattr(self, form)), 1.0)


@dataclass(frozen=True, slots=True)
class InstanceMatting:
    """What IMQ is computed from. Those of several images are added: IMQ of a test set is not the mean over images.

    Attributes:
        true_positives, false_positives, false_negatives: numbers of instances.
        similarities: sum over the true positives, for each of ``FORMS``.
        matches: the true positives of one image; empty in sums.
    """

    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    similarities: tuple[float, ...] = (0.0,) * len(FORMS)
    matches: tuple[Match, ...] = ()

    def __add__(self, other: "InstanceMatting") -> "InstanceMatting":
        return InstanceMatting(
            self.true_positives + other.true_positives,
            self.false_positives + other.false_positives,
            self.false_negatives + other.false_negatives,
            tuple(a + b for a, b in zip(self.similarities, other.similarities, strict=True)),
        )

    def quality(self, form: str) -> float:
        """IMQ in one of four forms, within [0, 1]; NaN where nothing is and nothing is predicted."""
        count = self.true_positives + 0.5 * self.false_positives + 0.5 * self.false_negatives
        return self.similarities[FORMS.index(form)] / count if count else float("nan")


def imq(predictions: Sequence[NDArray[np.floating]], truths: Sequence[NDArray[np.floating]]) -> InstanceMatting:
    """Instance matting quality of one image (InstMatt, Sun et al., CVPR 2022).

    Instances are matched so that the sum of their IoU of alpha > 0 is largest. Pairs from IoU 0.5 on are true
    positives; every other prediction is a false positive, every other truth a false negative, also where nothing was
    predicted at all (the authors' script leaves such images out).
    ``IMQ = sum of similarities / (TP + FP / 2 + FN / 2)``. Their script adds 1 to the number of pixels that errors are
    averaged over; here it is a mean.

    Args:
        predictions, truths: (N, H, W) and (M, H, W), or sequences of (H, W): floats in [0, 1]. A matte that is 0
            everywhere is an instance too, which matches nothing.

    Raises:
        ValueError: sizes differ, no floats, NaN or values outside [0, 1].
    """
    _check([*predictions, *truths])
    with needing("IMQ", "scipy"):
        from scipy.optimize import linear_sum_assignment

    ious = np.array([[_iou(p, t) for t in truths] for p in predictions]).reshape(len(predictions), len(truths))
    pairs = zip(*linear_sum_assignment(ious, maximize=True), strict=True)
    matches = tuple(
        _match(int(i), int(j), float(ious[i, j]), predictions[i], truths[j]) for i, j in pairs if ious[i, j] >= MIN_IOU
    )
    found = len(matches)
    sums = tuple(sum(match.similarity(form) for match in matches) for form in FORMS)
    return InstanceMatting(found, len(predictions) - found, len(truths) - found, sums, matches)


def _check(mattes: Sequence[NDArray[np.floating]]) -> None:
    for matte in mattes:
        check_matte(matte, "matte")
    if len(shapes := {matte.shape for matte in mattes}) > 1:
        raise ValueError(f"mattes are {', '.join(map(str, sorted(shapes)))}; expected the same shape")


def _iou(prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> float:
    predicted, true = prediction > 0, truth > 0
    union = np.count_nonzero(predicted | true)
    return np.count_nonzero(predicted & true) / union if union else 0.0


def _match(i: int, j: int, iou: float, prediction: NDArray[np.floating], truth: NDArray[np.floating]) -> Match:
    scores = score(prediction, truth, (prediction > 0) | (truth > 0))
    # Sums over 1000 to means.
    grad, conn = (1000 * total / scores.pixels for total in (scores.grad, scores.conn))
    return Match(i, j, iou, scores.mad, scores.mse, grad, conn)
