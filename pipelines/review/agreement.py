"""How far reviewers agree with each other, and what each gate's threshold would have kept of what they decided."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from pipelines.review.decisions import Decision

SHARES = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5)
"""How much of the mattes a threshold may drop, for the table of a gate."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two reviewers.

    Attributes:
        reviewers: their names.
        both: number of mattes that both decided on.
        equal: how many of these alike.
        kappa: Cohen's kappa (1960): agreement beyond chance, 1 is perfect and 0 chance; None where chance alone would
            agree always.
    """

    reviewers: tuple[str, str]
    both: int
    equal: int
    kappa: float | None


def agreement(words: Iterable[Mapping[str, Decision]]) -> list[Pair]:
    """Every pair of reviewers who decided on the same mattes, by name.

    Args:
        words: for every matte the last valid decision of each reviewer.
    """
    votes: dict[tuple[str, str], list[tuple[bool, bool]]] = {}
    for word in words:
        for a, b in combinations(sorted(word), 2):
            votes.setdefault((a, b), []).append((word[a].verdict == "accepted", word[b].verdict == "accepted"))
    return [
        Pair(pair, len(both), sum(a == b for a, b in both), _kappa(np.array(both)))
        for pair, both in sorted(votes.items())
    ]


def _kappa(votes: NDArray[np.bool_]) -> float | None:
    """Cohen's kappa of (N, 2) votes.

    >>> _kappa(np.array([[True, True], [False, False], [True, False], [False, False]]))
    0.5
    """
    observed = float((votes[:, 0] == votes[:, 1]).mean())
    yes = votes.mean(axis=0)
    chance = float(yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1]))
    return None if chance == 1 else (observed - chance) / (1 - chance)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a gate with this threshold would keep of the mattes that people decided on.

    Attributes:
        value: the threshold; ``value`` itself is kept.
        kept: number of mattes kept.
        precision: share of the kept that people accepted; None where none is kept.
        recall: share of the accepted that is kept; None where none was accepted.
    """

    value: float
    kept: int
    precision: float | None
    recall: float | None


def thresholds(scores: NDArray[np.float64], accepted: NDArray[np.bool_], at_least: bool) -> list[Threshold]:
    """A gate at the thresholds that drop ``SHARES`` of the mattes.

    Args:
        scores: (N,) of the mattes that were decided on; NaN where a matte has none, which is left out.
        accepted: (N,) what people said.
        at_least: whether the gate keeps the high scores, else the low ones.

    Returns:
        From the one that keeps all on; none when there are no scores.
    """
    known = ~np.isnan(scores)
    scores, accepted = scores[known], accepted[known]
    if not len(scores):
        return []
    quantiles = [share if at_least else 1 - share for share in SHARES]
    values = np.quantile(scores, quantiles, method="higher" if at_least else "lower")
    found: dict[float, Threshold] = {}
    for value in map(float, values):
        keeps = scores >= value if at_least else scores <= value
        kept, good = int(keeps.sum()), int((keeps & accepted).sum())
        total = int(accepted.sum())
        found[value] = Threshold(value, kept, good / kept if kept else None, good / total if total else None)
    return list(found.values())
