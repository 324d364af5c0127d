"""Which instances the report shows when there are more than it has room for."""

from collections.abc import Sequence
from typing import TypeVar

from pipelines.records import Instance

T = TypeVar("T")


def by_id(row: Instance) -> tuple[str, int, int, str]:
    """Sort key of the page's own order: ids, or names first for propagated rows, whose ids nobody knows."""
    name = row.image_path if row.reference_path is not None else ""
    return name, row.image_id, row.annotation_id, row.sample_id


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


def select(
    accepted: Sequence[Instance], rejected: Sequence[Instance], budget: int
) -> tuple[list[Instance], list[Instance]]:
    """The instances to show: accepted over the whole range of mask_iou, rejected the same number per reason.

    Args:
        accepted: rows of the manifest.
        rejected: rows of the rejects.
        budget: most instances shown; each kind may take half, and what one leaves unused goes to the other.

    Returns:
        The chosen accepted and rejected rows, each in order of image and annotation id.
    """
    for_accepted, for_rejected = shares([len(accepted), len(rejected)], budget)
    return _over_quality(accepted, for_accepted), _over_reasons(rejected, for_rejected)


def _over_quality(rows: Sequence[Instance], count: int) -> list[Instance]:
    ranked = sorted(rows, key=lambda row: (row.mask_iou is not None, row.mask_iou or 0.0, by_id(row)))
    return sorted(evenly(ranked, count), key=by_id)


def _over_reasons(rows: Sequence[Instance], count: int) -> list[Instance]:
    groups: dict[str, list[Instance]] = {}
    for row in sorted(rows, key=lambda row: (row.reason or "", by_id(row))):
        groups.setdefault(row.reason or "", []).append(row)
    parts = shares([len(group) for group in groups.values()], count)
    chosen = [row for group, part in zip(groups.values(), parts, strict=True) for row in evenly(group, part)]
    return sorted(chosen, key=by_id)
