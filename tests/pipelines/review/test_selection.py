from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.review.decisions import Decision, Ledger
from pipelines.review.selection import Reviewed, selection


@pytest.mark.parametrize(
    "reviewed, expected",
    [
        ("all", ["undecided", "accepted", "rejected", "conflict", "outdated"]),
        ("not-rejected", ["undecided", "accepted", "outdated"]),
        ("accepted", ["accepted"]),
    ],
)
def test_which_states_count(tmp_path: Path, reviewed: Reviewed, expected: list[str]) -> None:
    ledger, now = Ledger(tmp_path), datetime.now(UTC)
    for sample, digest, verdict, reviewer in (
        ("accepted", "now", "accepted", "ann"),
        ("rejected", "now", "rejected", "ann"),
        ("conflict", "now", "accepted", "ann"),
        ("conflict", "now", "rejected", "bob"),
        ("outdated", "old", "rejected", "ann"),
    ):
        ledger.add(Decision(sample, digest, verdict, reviewer, now))  # type: ignore[arg-type]
    select = selection(tmp_path, reviewed)
    found = [select(sample, "now") for sample in ("undecided", "accepted", "rejected", "conflict", "outdated")]
    assert [standing.state for standing in found if standing] == expected
