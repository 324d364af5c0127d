import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.errors import UserError
from pipelines.review.board import Board, Query, Replaced, Span
from pipelines.review.decisions import Decision, Ledger, Mended, read_all
from pipelines.review.standing import Standing
from pipelines.storage.current import current

from .conftest import instance, manifest


def accept(board: Board, number: int, reviewer: str = "ann") -> None:
    board.decide(number, board.catalogue.digest(number), "accepted", reviewer)


def found(board: Board, **query: object) -> list[int]:
    return board.find(Query(**query)).tolist()  # type: ignore[arg-type]


def test_the_most_doubtful_come_first(board: Board) -> None:
    assert board.catalogue.scores["doubt"].tolist() == [3, 1, 5, 1, 1]
    assert found(board) == [2, 0, 1, 3, 4]


@pytest.mark.parametrize(
    "order, expected",
    [
        ("doubt", [3, 2, 0, 1]),  # what nobody knows should be looked at
        ("mask_iou", [1, 0, 2, 3]),
        ("soft_fraction", [2, 0, 1, 3]),
        ("unknown_fraction", [1, 0, 2, 3]),
        ("sam_iou", [2, 1, 3, 0]),
        ("mask_area", [2, 3, 0, 1]),
        ("id", [1, 3, 0, 2]),
    ],
)
def test_orders(tmp_path: Path, order: str, expected: list[int]) -> None:
    """Equal ones by id, those without a score last."""
    measures = ("image_id", "annotation_id", "mask_iou", "soft_fraction", "unknown_fraction", "sam_iou", "mask_area")
    table = [
        (7, 2, 0.5, 0.2, 0.2, None, 400),
        (3, 9, 0.4, 0.1, 0.3, 0.8, 100),
        (7, 5, 0.6, 0.3, 0.2, 0.7, 900),
        (5, 1, np.nan, np.nan, np.nan, None, 400),
    ]
    rows = [instance(n, **dict(zip(measures, values, strict=True))) for n, values in enumerate(table)]
    manifest(tmp_path, rows)
    assert found(Board(tmp_path), order=order) == expected


@pytest.mark.parametrize(
    "query, expected",
    [
        ({"order": "id"}, [0, 1, 2, 3, 4]),
        ({"order": "sam_iou"}, [0, 1, 2, 3, 4]),  # no row has one
        ({"category": "dog"}, [3]),
        ({"category": "unicorn"}, []),
        ({"accessory": True}, [4]),
        ({"accessory": False}, [2, 0, 1, 3]),
        ({"span": Span("doubt", 3, None)}, [2, 0]),
        ({"span": Span("doubt", 1, 3)}, [0, 1, 3, 4]),
        ({"span": Span("unknown_fraction", None, 0.1)}, [1, 3, 4]),
        ({"span": Span("sam_iou", 0, None)}, []),
        ({"span": Span("sam_iou", None, 1)}, []),
        ({"state": "undecided"}, [2, 1, 4]),
        ({"state": "accepted"}, [0]),
        ({"state": "rejected"}, [3]),
        ({"reason": "hair lost"}, [3]),
        ({"reviewer": "ann"}, [0]),
        ({"reviewer": "bob", "reason": "a reason of her own"}, []),  # another's
    ],
)
def test_filters(board: Board, query: dict[str, object], expected: list[int]) -> None:
    accept(board, 0)
    board.decide(3, "digest-4", "rejected", "bob", "hair lost")
    assert board.reasons()[-1] == "other"
    board.decide(3, "digest-4", "rejected", "cat", "a reason of her own")
    assert board.reasons()[-1] == "a reason of her own"
    assert found(board, **query) == expected


def test_every_row_is_read_from_its_part(board: Board) -> None:
    assert [board.catalogue.read(number).image_path for number in (4, 0, 3)] == ["5.png", "1.png", "4.png"]


def test_a_decision_is_on_the_disk_and_counts(board: Board, tmp_path: Path) -> None:
    accept(board, 1)
    board.decide(2, "digest-3", "rejected", "ann", "too soft", None)
    assert [(d.sample_id, d.verdict, d.reason) for d in read_all(tmp_path)] == [
        ("set-2", "accepted", None),
        ("set-3", "rejected", "too soft"),
    ]
    assert board.counts() == {"undecided": 3, "accepted": 1, "rejected": 1, "conflict": 0, "outdated": 0}
    assert board.reviewers() == {"ann": 2}
    board.decide(2, "digest-3", "withdrawn", "ann")
    assert board.state(2) == "undecided" and board.reviewers() == {"ann": 1}
    assert Board(tmp_path).counts() == board.counts()


def test_reviewers_who_disagree_are_a_conflict_seen_by_both_servers(board: Board, tmp_path: Path) -> None:
    second = Board(tmp_path)
    accept(board, 0)
    second.decide(0, "digest-1", "rejected", "bob")
    board.refresh(current(tmp_path))
    second.refresh(current(tmp_path))
    assert board.state(0) == second.state(0) == "conflict"


def test_a_clock_that_is_behind_does_not_lose_the_last_word(board: Board, tmp_path: Path) -> None:
    ahead = datetime(2199, 1, 1, tzinfo=UTC)
    Ledger(tmp_path).add(Decision("set-1", "digest-1", "accepted", "ann", ahead))
    board.refresh(current(tmp_path))
    times = [board.decide(0, "digest-1", verdict, "ann").time for verdict in ("accepted", "rejected")]
    assert ahead < times[0] < times[1]
    assert Board(tmp_path).state(0) == board.state(0) == "rejected"


def test_a_withdrawal_by_a_clock_that_is_ahead_does_not_win_over_a_later_word(board: Board, tmp_path: Path) -> None:
    ahead = datetime(2199, 1, 1, tzinfo=UTC)
    Ledger(tmp_path).add(Decision("set-1", "digest-1", "withdrawn", "ann", ahead))
    board.refresh(current(tmp_path))
    accept(board, 0)
    assert Board(tmp_path).state(0) == board.state(0) == "accepted"


def test_what_was_mended_holds_until_it_is_withdrawn(board: Board, tmp_path: Path) -> None:
    mended = Mended("a", "b", "c", "d")
    board.decide(0, "digest-1", "accepted", "ann", mended=mended)
    board.decide(0, "digest-1", "accepted", "ann", grade=3)
    assert board.standing(0).mended == Board(tmp_path).standing(0).mended == mended
    board.decide(0, "digest-1", "rejected", "ann", "too soft")
    assert board.standing(0).mended is None
    accept(Board(tmp_path), 0)
    board.refresh(current(tmp_path))
    assert board.standing(0).mended == mended
    board.decide(0, "digest-1", "withdrawn", "ann")
    accept(board, 0)
    assert board.standing(0).mended is None


def test_a_decision_on_what_was_replaced_is_refused(board: Board) -> None:
    with pytest.raises(Replaced, match="set-1: another matte has taken this one's place"):
        board.decide(0, "another", "accepted", "ann")
    assert board.counts()["undecided"] == 5


def test_after_another_run_decisions_on_replaced_mattes_are_outdated(board: Board, tmp_path: Path) -> None:
    accept(board, 0)
    accept(board, 1)
    manifest(tmp_path, [instance(2), instance(1, alpha_sha256="new")])
    assert board.refresh(current(tmp_path)) and not board.refresh(current(tmp_path))
    assert board.catalogue.sample(0) == "set-2"
    assert [board.state(number) for number in (0, 1)] == ["accepted", "outdated"]


def test_what_was_mended_of_a_replaced_matte_is_not_shared_for_the_new_one(board: Board, tmp_path: Path) -> None:
    board.decide(0, "digest-1", "accepted", "ann", mended=Mended("a", "b", "c", "d"))
    manifest(tmp_path, [instance(1, alpha_sha256="new")])
    board.refresh(current(tmp_path))
    accept(board, 0)
    assert board.standing(0) == Standing("accepted")


def test_a_version_without_mattes_is_a_users_mistake(tmp_path: Path) -> None:
    manifest(tmp_path, [])
    with pytest.raises(UserError, match="the manifest has no mattes to review"):
        Board(tmp_path)


def test_mattes_without_digests_cannot_be_decided_on(tmp_path: Path) -> None:
    manifest(tmp_path, [instance(1)])
    (part,) = (tmp_path / "manifest").glob("*.parquet")
    table = pq.read_table(part)
    place = table.column_names.index("alpha_sha256")
    older = table.set_column(place, "alpha_sha256", pa.nulls(1, pa.string()))
    pq.write_table(older.replace_schema_metadata({"schema_version": "2"}), part)
    with pytest.raises(UserError, match="no digests of its mattes; run the job on it once more"):
        Board(tmp_path)


def test_no_run_is_a_users_mistake(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no version of the manifest yet"):
        Board(tmp_path)


def test_all_of_train2017_is_ordered_and_filtered_in_part_of_a_second(board: Board) -> None:
    count = 260_000
    many = np.arange(count)
    board.catalogue = replace(
        board.catalogue,
        samples=pa.array([f"set-{n}" for n in many]),
        categories=np.zeros(count, np.int32),
        scores={"doubt": np.random.default_rng(0).random(count)},
        ids=np.stack([many, many], axis=1),
    )
    board._judge()
    started = time.perf_counter()
    assert len(board.find(Query(state="undecided"))) == count
    assert time.perf_counter() - started < 1
