"""Which instances the report shows when there are more than it has room for."""

from collections.abc import Sequence
from itertools import accumulate
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.report.survey import Survey

T = TypeVar("T")


def evenly(items: Sequence[T], count: int) -> list[T]:
    """``count`` items spread evenly over the sequence, both ends included; all of them when they fit."""
    if count >= len(items):
        return list(items)
    if count <= 1:
        return [items[len(items) // 2]] * count
    return [items[i * (len(items) - 1) // (count - 1)] for i in range(count)]


def shares(sizes: Sequence[int], budget: int) -> list[int]:
    """Deal ``budget`` out evenly: nobody gets more than its size, and what small groups leave goes to the others.

    >>> shares([2, 10, 10], 11)
    [2, 5, 4]
    """
    given = [0] * len(sizes)
    while budget > 0 and (hungry := [i for i, size in enumerate(sizes) if given[i] < size]):
        portion = max(budget // len(hungry), 1)
        for i in hungry[:budget]:
            taken = min(portion, sizes[i] - given[i])
            given[i] += taken
            budget -= taken
    return given


def select(accepted: Survey, rejected: Survey, budget: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The instances to show: accepted over the whole range of mask_iou, rejected the same number per reason.

    Args:
        accepted: rows of the manifest.
        rejected: rows of the rejects.
        budget: most instances shown; each kind may take half, and what one leaves unused goes to the other.

    Returns:
        Numbers of the chosen accepted and rejected rows, each in order of image and annotation id.
    """
    for_accepted, for_rejected = shares([len(accepted), len(rejected)], budget)
    return _over_quality(accepted, for_accepted), _over_reasons(rejected, for_rejected)


def _over_quality(rows: Survey, count: int) -> NDArray[np.int64]:
    iou = rows.scores["mask_iou"]
    ranked = rows.ranked(np.where(np.isnan(iou), -np.inf, iou))
    return rows.in_page_order(ranked[evenly(range(len(rows)), count)])


def _over_reasons(rows: Survey, count: int) -> NDArray[np.int64]:
    sizes = list(rows.reason_counts().values())
    starts = accumulate(sizes, initial=0)
    chosen: list[int] = []
    for start, size, part in zip(starts, sizes, shares(sizes, count), strict=False):
        chosen += evenly(range(start, start + size), part)
    return rows.in_page_order(rows.ranked(rows.reasons)[chosen])
