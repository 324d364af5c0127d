"""Scores of a matte and the gates it must pass. Reason codes are documented in docs/manifest.md."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.config import QualityConfig

SOFT = (0.05, 0.95)
"""Alphas strictly between these count as soft."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Why an instance is rejected: a reason code and a sentence with the figure and the threshold."""

    reason: str
    detail: str


def unknown_fraction(trimap: NDArray[np.uint8]) -> float:
    """Share of unknown pixels among those that are not known background, in [0, 1].

    Args:
        trimap: (H, W) uint8 of 0, 128, 255.
    """
    unknown = int(np.count_nonzero(trimap == 128))
    rest = int(np.count_nonzero(trimap))
    return unknown / rest if rest else 0.0


def mask_iou(alpha: NDArray[np.float32], mask: NDArray[np.uint8]) -> float:
    """Soft IoU of a matte and a mask: sum of minima over sum of maxima, in [0, 1].

    Args:
        alpha: (H, W) float32 in [0, 1].
        mask: (H, W) uint8 of 0 and 1.
    """
    either = float(np.maximum(alpha, mask).sum(dtype=np.float64))
    return float(np.minimum(alpha, mask).sum(dtype=np.float64)) / either if either else 0.0


def soft_fraction(alpha: NDArray[np.float32], trimap: NDArray[np.uint8]) -> float:
    """Share of the unknown region that the method left between foreground and background, in [0, 1].

    Hair gives a moderate share; a matte that is smoke all over gives a large one.
    """
    unknown = alpha[trimap == 128]
    if unknown.size == 0:
        return 0.0
    return int(np.count_nonzero((unknown > SOFT[0]) & (unknown < SOFT[1]))) / int(unknown.size)


def judge_mask(area: int, config: QualityConfig) -> Verdict | None:
    """Gate on the subject's own mask, before anything is computed from it."""
    if area < config.min_area:
        return Verdict("too_small", f"mask area {area} px, expected at least {config.min_area}")
    return None


def judge_trimap(trimap: NDArray[np.uint8], fraction: float, config: QualityConfig) -> Verdict | None:
    """Gate on the trimap: matting needs both known regions, and something to hold on to."""
    if not (trimap == 255).any():
        return Verdict("no_known_foreground", "the trimap has no known foreground")
    if trimap.all():
        return Verdict("no_known_background", "the subject and its unknown band fill the whole image")
    return _mostly_unknown(fraction, config)


def _mostly_unknown(fraction: float, config: QualityConfig) -> Verdict | None:
    if fraction <= config.max_unknown_fraction:
        return None
    return Verdict(
        "mostly_unknown", f"unknown fraction {fraction:.3f}, expected at most {config.max_unknown_fraction:g}"
    )


def judge_own_trimap(trimap: NDArray[np.uint8], fraction: float, config: QualityConfig) -> Verdict | None:
    """Gate on the trimap of a method that starts from the mask, as a measure of its matte: something is background, and
    not all of the rest is soft."""
    if trimap.all():
        return Verdict("no_known_background", "the matte fills the whole image")
    return _mostly_unknown(fraction, config)


def judge_matte(iou: float, config: QualityConfig) -> Verdict | None:
    """Gate on the matte: it refines the mask's edge, it does not replace the mask."""
    if iou < config.min_mask_iou:
        return Verdict(
            "matte_disagrees", f"soft IoU with the mask {iou:.3f}, expected at least {config.min_mask_iou:g}"
        )
    return None


def judge_agreement(iou: float, config: QualityConfig) -> Verdict | None:
    """Gate on a second opinion: SAM's mask for the same box."""
    if iou < config.min_sam_iou:
        return Verdict("sam_disagrees", f"IoU with SAM's mask {iou:.3f}, expected at least {config.min_sam_iou:g}")
    return None
