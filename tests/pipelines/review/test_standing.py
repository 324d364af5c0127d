from datetime import UTC, datetime, timedelta

import pytest

from pipelines.review.decisions import Decision, Mended, Verdict
from pipelines.review.standing import Standing, last_words, standing

START = datetime(2026, 1, 1, tzinfo=UTC)
MENDED, LATER = Mended("a", "b", "c", "d"), Mended("e", "f", "g", "h")


def word(minute: int, verdict: Verdict, reviewer: str = "ann", digest: str = "now", mended: Mended | None = None):
    return Decision("s", digest, verdict, reviewer, START + timedelta(minutes=minute), mended=mended)


@pytest.mark.parametrize(
    "said, expected",
    [
        ([], Standing("undecided")),
        ([word(1, "accepted")], Standing("accepted")),
        ([word(1, "accepted"), word(2, "rejected")], Standing("rejected")),
        ([word(2, "rejected"), word(1, "accepted")], Standing("rejected")),
        ([word(1, "accepted"), word(2, "withdrawn")], Standing("undecided")),
        ([word(1, "accepted"), word(2, "withdrawn", "bob")], Standing("accepted")),
        ([word(1, "accepted"), word(2, "rejected", "bob")], Standing("conflict")),
        ([word(1, "accepted"), word(2, "rejected", "bob"), word(3, "rejected")], Standing("rejected")),
        ([word(1, "accepted", digest="old")], Standing("outdated")),
        ([word(1, "rejected", digest="old"), word(2, "accepted", "bob")], Standing("accepted")),
        ([word(1, "accepted", mended=MENDED), word(2, "accepted", "bob")], Standing("accepted", MENDED)),
        ([word(1, "accepted", mended=MENDED), word(2, "rejected", "bob")], Standing("conflict")),
        ([word(1, "accepted", mended=MENDED), word(2, "accepted")], Standing("accepted")),
        ([word(1, "accepted", mended=MENDED), word(2, "accepted", "bob", mended=LATER)], Standing("accepted", LATER)),
        ([word(1, "rejected", mended=MENDED)], Standing("rejected")),
        ([word(1, "accepted", digest="old", mended=MENDED)], Standing("outdated")),
    ],
)
def test_a_persons_last_word_counts_for_the_bytes_it_was_said_of(said, expected) -> None:
    assert standing(last_words(said).get("s", {}), "now") == expected
