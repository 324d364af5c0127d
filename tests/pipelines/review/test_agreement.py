from datetime import UTC, datetime

import numpy as np
import pytest

from pipelines.review.agreement import Pair, Threshold, agreement, thresholds
from pipelines.review.decisions import Decision

YES, NO = "accepted", "rejected"


def words(**said: str) -> dict[str, Decision]:
    return {n: Decision("s", "d", v, n, datetime.now(UTC)) for n, v in said.items()}  # type: ignore[arg-type]


def test_agreement_beyond_chance() -> None:
    said = [
        words(ann=YES, bob=YES),
        words(ann=NO, bob=NO),
        words(ann=YES, bob=NO),
        words(bob=NO, ann=NO),
        words(ann=NO),
    ]
    assert agreement(said) == [Pair(("ann", "bob"), 4, 3, 0.5)]


def test_three_reviewers_are_three_pairs_and_chance_alone_says_nothing() -> None:
    pairs = agreement([words(ann=YES, bob=YES, cat=NO)])
    assert [(pair.reviewers, pair.equal, pair.kappa) for pair in pairs] == [
        (("ann", "bob"), 1, None),
        (("ann", "cat"), 0, 0.0),
        (("bob", "cat"), 0, 0.0),
    ]


def test_what_a_threshold_keeps() -> None:
    scores = np.array([0.1, 0.2, 0.3, 0.4, np.nan, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
    accepted = np.array([0, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1], bool)
    kept = {threshold.value: threshold for threshold in thresholds(scores, accepted, True)}
    assert kept[0.1] == Threshold(0.1, 10, 0.8, 1.0)
    assert kept[0.4] == Threshold(0.4, 7, 1.0, 7 / 8)


def test_a_most_is_a_least_turned_round() -> None:
    scores, accepted = np.arange(10.0), np.arange(10) < 8
    low = thresholds(scores, accepted, False)
    high = thresholds(-scores, accepted, True)
    assert [(-t.value, t.kept, t.precision, t.recall) for t in high] == [
        (pytest.approx(t.value), t.kept, t.precision, t.recall) for t in low
    ]


def test_no_scores_no_table() -> None:
    assert thresholds(np.array([np.nan]), np.array([True]), True) == []
