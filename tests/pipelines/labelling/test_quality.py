import numpy as np
import pytest

from pipelines.config import QualityConfig
from pipelines.labelling.quality import (
    judge_agreement,
    judge_mask,
    judge_matte,
    judge_trimap,
    mask_iou,
    soft_fraction,
    unknown_fraction,
)

TRIMAP = np.array([[0, 128, 255], [0, 128, 255], [0, 0, 128]], np.uint8)
CONFIG = QualityConfig(min_area=100, max_unknown_fraction=0.5, min_mask_iou=0.8, min_sam_iou=0.9)


def test_unknown_fraction() -> None:
    assert unknown_fraction(TRIMAP) == 3 / 5
    assert unknown_fraction(np.zeros((2, 2), np.uint8)) == 0.0


def test_mask_iou_is_sum_of_minima_over_sum_of_maxima() -> None:
    alpha = np.array([[0.0, 0.5, 1.0, 0.25]], np.float32)
    assert mask_iou(alpha, np.array([[0, 1, 1, 0]], np.uint8)) == pytest.approx(1.5 / 2.25)
    assert mask_iou(np.zeros((1, 4), np.float32), np.zeros((1, 4), np.uint8)) == 0.0


def test_soft_fraction_counts_only_the_unknown_region() -> None:
    alpha = np.array([[0.5, 0.5, 0.5], [0.0, 0.04, 1.0], [0.0, 0.0, 0.9]], np.float32)
    assert soft_fraction(alpha, TRIMAP) == 2 / 3
    assert soft_fraction(alpha, np.zeros((3, 3), np.uint8)) == 0.0


def test_small_masks() -> None:
    verdict = judge_mask(99, CONFIG)
    assert verdict is not None
    assert (verdict.reason, verdict.detail) == ("too_small", "mask area 99 px, expected at least 100")
    assert judge_mask(100, CONFIG) is None


@pytest.mark.parametrize(
    ("values", "fraction", "reason"),
    [
        ([0, 128, 128], 0.1, "no_known_foreground"),
        ([255, 128, 128], 0.1, "no_known_background"),
        ([0, 128, 255], 0.6, "mostly_unknown"),
        ([0, 128, 255], 0.5, None),
    ],
)
def test_trimaps(values: list[int], fraction: float, reason: str | None) -> None:
    verdict = judge_trimap(np.array([values], np.uint8), fraction, CONFIG)
    assert (verdict and verdict.reason) == reason


def test_mattes() -> None:
    assert judge_matte(0.8, CONFIG) is None
    verdict = judge_matte(0.79, CONFIG)
    assert verdict is not None and verdict.reason == "matte_disagrees" and "0.790" in verdict.detail
    second = judge_agreement(0.89, CONFIG)
    assert second is not None and second.reason == "sam_disagrees" and "0.890" in second.detail
    assert judge_agreement(0.9, CONFIG) is None
