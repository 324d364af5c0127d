"""Which instances the report shows."""

import random

import pytest

from pipelines.records import Instance
from pipelines.report.select import evenly, select, shares

from .conftest import instance


@pytest.mark.parametrize(
    ("count", "expected"),
    [(0, []), (1, [5]), (2, [0, 9]), (4, [0, 3, 6, 9]), (10, list(range(10))), (99, list(range(10)))],
)
def test_evenly_spreads_over_the_sequence(count: int, expected: list[int]) -> None:
    assert evenly(range(10), count) == expected


def test_evenly_of_nothing() -> None:
    assert evenly([], 0) == []
    assert evenly([], 3) == []


@pytest.mark.parametrize(
    ("sizes", "budget", "expected"),
    [
        ([2, 10, 10], 11, [2, 5, 4]),
        ([5, 5], 0, [0, 0]),
        ([5, 5], 3, [2, 1]),
        ([1, 1], 100, [1, 1]),
        ([0, 7], 4, [0, 4]),
        ([3, 3, 3], 2, [1, 1, 0]),
        ([], 5, []),
    ],
)
def test_shares(sizes: list[int], budget: int, expected: list[int]) -> None:
    assert shares(sizes, budget) == expected


def test_shares_never_exceed_sizes_and_use_the_whole_budget() -> None:
    rng = random.Random(0)
    for _ in range(300):
        sizes = [rng.randrange(20) for _ in range(rng.randrange(8))]
        budget = rng.randrange(100)
        given = shares(sizes, budget)
        assert all(0 <= part <= size for part, size in zip(given, sizes, strict=True))
        assert sum(given) == min(budget, sum(sizes))


def _accepted(count: int) -> list[Instance]:
    return [instance(i, mask_iou=i / count) for i in range(count)]


def _rejected(reason: str, count: int, start: int = 1000) -> list[Instance]:
    return [instance(start + i, reason=reason, detail="why") for i in range(count)]


def test_everything_is_shown_when_it_fits() -> None:
    accepted, rejected = select(_accepted(3), _rejected("crowd", 2), 5)
    assert [row.image_id for row in accepted] == [0, 1, 2]
    assert [row.image_id for row in rejected] == [1000, 1001]


@pytest.mark.parametrize("budget", [0, 1, 7, 40])
def test_the_budget_holds(budget: int) -> None:
    accepted, rejected = select(_accepted(100), _rejected("crowd", 100), budget)
    assert len(accepted) + len(rejected) == budget
    assert abs(len(accepted) - len(rejected)) <= 1


def test_one_kind_takes_what_the_other_leaves() -> None:
    accepted, rejected = select(_accepted(100), _rejected("crowd", 3), 20)
    assert (len(accepted), len(rejected)) == (17, 3)


def test_accepted_span_the_whole_quality_order() -> None:
    chosen, _ = select(_accepted(101), [], 5)
    assert [row.image_id for row in chosen] == [0, 25, 50, 75, 100]


def test_rare_reasons_are_shown() -> None:
    rows = _rejected("too_small", 500) + _rejected("crowd", 2, 5000) + _rejected("mask_empty", 1, 6000)
    _, chosen = select([], rows, 10)
    reasons = [row.reason for row in chosen]
    assert (reasons.count("mask_empty"), reasons.count("crowd"), reasons.count("too_small")) == (1, 2, 7)


def test_order_of_the_rows_does_not_matter() -> None:
    accepted, rejected = _accepted(50), _rejected("crowd", 30) + _rejected("too_small", 30, 3000)
    expected = select(accepted, rejected, 21)
    rng = random.Random(1)
    rng.shuffle(accepted)
    rng.shuffle(rejected)
    assert select(accepted, rejected, 21) == expected


def test_instances_without_a_score_are_no_error() -> None:
    rows = [instance(1, mask_iou=None), instance(2, mask_iou=0.5), instance(3, mask_iou=None)]
    assert len(select(rows, [], 2)[0]) == 2
