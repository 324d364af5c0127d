"""How good a trimap is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matting_models.metrics.regions import check_trimap


@dataclass(frozen=True, slots=True)
class TrimapScores:
    """A trimap beside the true one; everything within [0, 1], 1 is perfect.

    Attributes:
        accuracy: share of pixels of the right kind.
        iou_background, iou_unknown, iou_foreground: intersection over union of the pixels of one kind; NaN if neither
            trimap has any.
        miou: mean of those that are not NaN.
    """

    accuracy: float
    iou_background: float
    iou_unknown: float
    iou_foreground: float
    miou: float


def score_trimap(prediction: NDArray[np.uint8], truth: NDArray[np.uint8]) -> TrimapScores:
    """Pixel accuracy and IoU of background, unknown and foreground (Net-T / Net-M paper, section 4.2 and Table 1).

    Args:
        prediction, truth: (H, W) uint8; 0 is background, 255 foreground, everything between unknown.

    Raises:
        ValueError: sizes differ, empty, or not (H, W) uint8.
    """
    check_trimap(prediction, "prediction")
    check_trimap(truth, "truth")
    if prediction.shape != truth.shape or not truth.size:
        raise ValueError(
            f"prediction is {prediction.shape}, truth is {truth.shape}; expected the same shape, not empty"
        )
    # Rows are the truth's kinds, columns the prediction's.
    confusion = np.bincount(3 * _kinds(truth).ravel() + _kinds(prediction).ravel(), minlength=9).reshape(3, 3)
    right = np.diag(confusion)
    union = confusion.sum(axis=0) + confusion.sum(axis=1) - right
    ious = np.divide(right, union, out=np.full(3, np.nan), where=union > 0)
    background, unknown, foreground = (float(iou) for iou in ious)
    return TrimapScores(float(right.sum() / truth.size), background, unknown, foreground, float(np.nanmean(ious)))


def _kinds(trimap: NDArray[np.uint8]) -> NDArray[np.intp]:
    """0 background, 1 unknown, 2 foreground."""
    kinds: NDArray[np.intp] = (trimap > 0).astype(np.intp) + (trimap == 255)
    return kinds
