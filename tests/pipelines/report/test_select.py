"""Which instances the report shows."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines.records import Instance
from pipelines.report.select import evenly, select, shares
from pipelines.report.survey import survey
from pipelines.storage.manifest import MANIFEST_SCHEMA, REJECTS_SCHEMA, part_name, write_part

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


class Rows:
    """Accepted and rejected rows, and which of them are shown."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def select(
        self, accepted: list[Instance], rejected: list[Instance], budget: int, per_part: int = 1000
    ) -> tuple[list[Instance], list[Instance]]:
        folders = [self._write(accepted, MANIFEST_SCHEMA, per_part), self._write(rejected, REJECTS_SCHEMA, per_part)]
        surveys = [survey(folder) for folder in folders]
        good, bad = (known.read(rows) for known, rows in zip(surveys, select(*surveys, budget), strict=True))
        return good, bad

    def _write(self, rows: list[Instance], schema: Any, per_part: int) -> Path:
        # Columns that a manifest always has are of no interest here.
        schema = pa.schema([column.with_nullable(True) for column in schema])
        folder = self.root / str(len(list(self.root.iterdir())))
        folder.mkdir()
        for part, start in enumerate(range(0, len(rows), per_part)):
            write_part(folder / part_name(part), rows[start : start + per_part], schema)
        return folder


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    return Rows(tmp_path)


def _accepted(count: int) -> list[Instance]:
    return [instance(i, mask_iou=i / count) for i in range(count)]


def _rejected(reason: str, count: int, start: int = 1000) -> list[Instance]:
    return [instance(start + i, reason=reason, detail="why") for i in range(count)]


def test_everything_is_shown_when_it_fits(rows: Rows) -> None:
    accepted, rejected = rows.select(_accepted(3), _rejected("crowd", 2), 5)
    assert [row.image_id for row in accepted] == [0, 1, 2]
    assert [row.image_id for row in rejected] == [1000, 1001]


@pytest.mark.parametrize("budget", [0, 1, 7, 40])
def test_the_budget_holds(rows: Rows, budget: int) -> None:
    accepted, rejected = rows.select(_accepted(100), _rejected("crowd", 100), budget)
    assert len(accepted) + len(rejected) == budget
    assert abs(len(accepted) - len(rejected)) <= 1


def test_one_kind_takes_what_the_other_leaves(rows: Rows) -> None:
    accepted, rejected = rows.select(_accepted(100), _rejected("crowd", 3), 20)
    assert (len(accepted), len(rejected)) == (17, 3)


def test_accepted_span_the_whole_quality_order(rows: Rows) -> None:
    chosen, _ = rows.select(_accepted(101), [], 5)
    assert [row.image_id for row in chosen] == [0, 25, 50, 75, 100]


def test_rare_reasons_are_shown(rows: Rows) -> None:
    many = _rejected("too_small", 500) + _rejected("crowd", 2, 5000) + _rejected("mask_empty", 1, 6000)
    _, chosen = rows.select([], many, 10)
    reasons = [row.reason for row in chosen]
    assert (reasons.count("mask_empty"), reasons.count("crowd"), reasons.count("too_small")) == (1, 2, 7)


def test_order_of_the_rows_does_not_matter(rows: Rows) -> None:
    accepted, rejected = _accepted(50), _rejected("crowd", 30) + _rejected("too_small", 30, 3000)
    expected = rows.select(accepted, rejected, 21)
    rng = random.Random(1)
    rng.shuffle(accepted)
    rng.shuffle(rejected)
    assert rows.select(accepted, rejected, 21) == expected


def test_instances_without_a_score_are_no_error(rows: Rows) -> None:
    some = [instance(1, mask_iou=None), instance(2, mask_iou=0.5), instance(3, mask_iou=None)]
    assert [row.image_id for row in rows.select(some, [], 2)[0]] == [1, 2]


def _by_id(row: Instance) -> tuple[str, int, int, str]:
    return row.image_path if row.reference_path is not None else "", row.image_id, row.annotation_id, row.sample_id


def _plainly(accepted: list[Instance], rejected: list[Instance], budget: int) -> tuple[list[Instance], list[Instance]]:
    """What is to be shown, from whole rows in lists."""
    for_accepted, for_rejected = shares([len(accepted), len(rejected)], budget)
    ranked = sorted(accepted, key=lambda row: (row.mask_iou is not None, row.mask_iou or 0.0, _by_id(row)))
    groups: dict[str, list[Instance]] = {}
    for row in sorted(rejected, key=lambda row: (str(row.reason), _by_id(row))):
        groups.setdefault(str(row.reason), []).append(row)
    parts = shares([len(group) for group in groups.values()], for_rejected)
    chosen = [row for group, part in zip(groups.values(), parts, strict=True) for row in evenly(group, part)]
    return sorted(evenly(ranked, for_accepted), key=_by_id), sorted(chosen, key=_by_id)


def _random_rows(rng: random.Random, count: int, propagated: bool, reasons: Sequence[str | None]) -> list[Instance]:
    """Ids and scores that often coincide, names that sort in other ways as bytes of UTF-16 or by locale."""
    names = ["a.png", "Z.png", "\u00e9.png", "\uffff.png", "\U0001f600.png", "a/b.png", "a b.png"]
    return [
        instance(
            rng.randrange(12),
            annotation_id=number % 5,
            sample_id=f"{number % 5:05d}",
            image_path=rng.choice(names),
            mask_iou=rng.choice([None, 0.0, 0.5, 0.75, 1.0, rng.random()]),
            reference_path="r.png" if propagated else None,
            reason=rng.choice(reasons),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("seed", range(12))
def test_as_chosen_from_whole_rows(rows: Rows, seed: int) -> None:
    rng = random.Random(seed)
    accepted = _random_rows(rng, rng.randrange(80), seed % 2 == 0, [None])
    rejected = _random_rows(rng, rng.randrange(80), seed % 3 == 0, ["crowd", "too_small", "\U0001f600", "\uffff", ""])
    for row in rejected:
        row.detail = f"why {rng.random()}"
    for budget in (0, 1, 9, 50, 400):
        expected = _plainly(accepted, rejected, budget)
        assert rows.select(accepted, rejected, budget, per_part=7) == expected
