"""What a reviewer works on: the mattes, what was decided about them, and what comes next."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.errors import UserError
from pipelines.review.catalogue import Catalogue, load_catalogue
from pipelines.review.comparison import Comparison
from pipelines.review.decisions import Decision, Ledger, Mended, Verdict
from pipelines.review.measured import NOT_YET
from pipelines.review.standing import STATES, Standing, Words, last_words, standing

REASONS = ("wrong outline", "part missing", "background left in", "hair lost", "too soft", "wrong object", "other")
"""Why a matte is rejected; a person may give another."""
ORDERS = {
    "doubt": -1,
    "disagreement": -1,
    "mask_iou": 1,
    "soft_fraction": -1,
    "unknown_fraction": -1,
    "sam_iou": 1,
    "mask_area": -1,
    "id": 1,
}
"""Orders, and whether the smallest (1) or the largest (-1) comes first. All but ``id`` are scores to filter by, too."""


class Replaced(Exception):
    """The matte that a decision is about is not the one that the manifest has now."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which values of a score; None does not bound it. A matte whose score is not known is in no span.

    Attributes:
        score: name of a catalogue's score.
        least, most: the bounds, both included.
    """

    score: str
    least: float | None = None
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Query:
    """Which mattes, in which order; what is None does not matter.

    Attributes:
        order: one of ``ORDERS``.
        state: one of ``STATES``.
        category: name.
        accessory: whether something was fused into it.
        reason: some reviewer's reason for rejecting.
        reviewer: decided on by this one.
        span: of a score.
    """

    order: str = "doubt"
    state: str | None = None
    category: str | None = None
    accessory: bool | None = None
    reason: str | None = None
    reviewer: str | None = None
    span: Span | None = None


class Board:
    """Mattes and decisions of one output folder. Threads may share it.

    Args:
        out: the output folder, locally or on a store.
        comparison: with another run, which gives the mattes a score more, ``disagreement``.

    Attributes:
        catalogue: mattes of the version that is shown.
        ledger: the decisions.
        comparison: as given.

    Raises:
        UserError: no run has finished there, or without a single matte; or its manifest cannot be read.
    """

    def __init__(self, out: Path, comparison: Comparison | None = None) -> None:
        self._out, self.comparison = out, comparison
        self._lock = threading.RLock()
        self.ledger = Ledger(out)
        self.catalogue = self._load()
        self._compare()
        self.ledger.refresh()
        self._judge()

    def _load(self) -> Catalogue:
        catalogue = load_catalogue(self._out)
        if not len(catalogue):
            raise UserError(f"{self._out}: the manifest has no mattes to review")
        return catalogue

    def _compare(self) -> None:
        if self.comparison is not None:
            self.catalogue.scores["disagreement"] = self.comparison.follow(self.catalogue)

    def _judge(self) -> None:
        with self._lock:
            decisions = sorted(self.ledger, key=lambda decision: decision.time)
            self._words: dict[str, dict[str, Decision]] = last_words(decisions)
            self._last = {decision.sample_id: decision.time for decision in decisions}
            self._mended: dict[tuple[str, str], Decision] = {}
            for decision in decisions:
                self._note_mended(decision)
            self._states = np.zeros(len(self.catalogue), np.int8)
            for sample in self._words:
                self._judge_one(sample)

    def _note_mended(self, decision: Decision) -> None:
        """What a reviewer mended holds until it is mended again or withdrawn."""
        if decision.mended is not None:
            self._mended[decision.sample_id, decision.reviewer] = decision
        elif decision.verdict == "withdrawn":
            self._mended.pop((decision.sample_id, decision.reviewer), None)

    def _judge_one(self, sample: str) -> None:
        number = self.catalogue.numbers.get(sample)
        if number is not None:
            self._states[number] = STATES.index(self.standing(number).state)

    def refresh(self, current_version: int | None) -> bool:
        """Take in other servers' decisions, and another version of the manifest; whether the version is another."""
        another = current_version is not None and current_version != self.catalogue.version
        fresh = self._load() if another else None
        news = self.ledger.refresh()
        with self._lock:
            if fresh is not None:
                self.catalogue = fresh
                self._compare()
            if news or another:
                self._judge()
        return another

    def words(self, number: int) -> Words:
        """A matte's decisions by reviewer."""
        with self._lock:
            return dict(self._words.get(self.catalogue.sample(number), {}))

    def standing(self, number: int) -> Standing:
        """What holds for a matte."""
        return standing(self.words(number), self.catalogue.digest(number))

    def state(self, number: int) -> str:
        """The matte's state, one of ``STATES``."""
        return STATES[int(self._states[number])]

    def decide(
        self,
        number: int,
        digest: str,
        verdict: Verdict,
        reviewer: str,
        reason: str | None = None,
        grade: int | None = None,
        mended: Mended | None = None,
    ) -> Decision:
        """Write a decision down.

        Args:
            number: of the matte.
            digest: ``alpha_sha256`` of what the reviewer looked at.
            verdict, reviewer, reason, grade, mended: as of ``Decision``. Accepted without ``mended``, what the reviewer
                mended before on these bytes still holds.

        Raises:
            Replaced: the manifest has another matte now.
            OSError: it could not be written.
        """
        with self._lock:
            sample = self.catalogue.sample(number)
            if digest != self.catalogue.digest(number):
                raise Replaced(f"{sample}: another matte has taken this one's place")
            before = self._mended.get((sample, reviewer))
            if verdict == "accepted" and mended is None and before is not None and before.alpha_sha256 == digest:
                mended = before.mended
            decision = Decision(sample, digest, verdict, reviewer, self._now(sample), reason, grade, mended)
            self.ledger.add(decision)
            self._last[sample] = decision.time
            self._note_mended(decision)
            words = self._words.setdefault(sample, {})
            words.pop(reviewer, None)
            if verdict != "withdrawn":
                words[reviewer] = decision
            self._judge_one(sample)
            return decision

    def _now(self, sample: str) -> datetime:
        """Later than the decisions before it, whatever the clocks of the machines say."""
        last, now = self._last.get(sample), datetime.now(UTC)
        return now if last is None or now > last else last + datetime.resolution

    def find(self, query: Query) -> NDArray[np.int64]:
        """Numbers of the mattes that a query is about, in its order."""
        with self._lock:
            catalogue = self.catalogue
            wanted = np.ones(len(catalogue), bool)
            if query.state is not None:
                wanted &= self._states == STATES.index(query.state)
            if query.category is not None:
                wanted &= catalogue.categories == _place(catalogue.category_names, query.category)
            if query.accessory is not None:
                wanted &= catalogue.accessories == query.accessory
            if query.span is not None:
                wanted &= _inside(catalogue.scores[query.span.score], query.span)
            if query.reason is not None or query.reviewer is not None:
                wanted &= self._said(query)
        numbers = np.flatnonzero(wanted)
        if query.order == "id":
            keys = [catalogue.ids[numbers, 1], catalogue.ids[numbers, 0]]
        else:
            score = ORDERS[query.order] * catalogue.scores[query.order][numbers]
            keys = [catalogue.ids[numbers, 1], catalogue.ids[numbers, 0], score]
        return numbers[np.lexsort(keys)]

    def orders(self) -> list[str]:
        """Those of ``ORDERS`` that its mattes can be put in."""
        return [order for order in ORDERS if order == "id" or order in self.catalogue.scores]

    def spans(self) -> dict[str, tuple[float, float] | None]:
        """Least and most of every score; None where no matte has it."""
        return {order: _span(self.catalogue.scores[order]) for order in self.orders() if order != "id"}

    def _said(self, query: Query) -> NDArray[np.bool_]:
        said = np.zeros(len(self.catalogue), bool)
        for sample, words in self._words.items():
            number = self.catalogue.numbers.get(sample)
            if number is not None and any(_about(word, query) for word in words.values()):
                said[number] = True
        return said

    def counts(self) -> dict[str, int]:
        """Number of mattes in every state."""
        with self._lock:
            counts = np.bincount(self._states, minlength=len(STATES))
        return {state: int(count) for state, count in zip(STATES, counts, strict=True)}

    def reviewers(self) -> Mapping[str, int]:
        """How many mattes each reviewer has decided on, by name."""
        with self._lock:
            counted = Counter(name for words in self._words.values() for name in words)
        return dict(sorted(counted.items()))

    def reasons(self) -> list[str]:
        """``REASONS``, and those that people have given besides."""
        with self._lock:
            given = {word.reason for words in self._words.values() for word in words.values() if word.reason}
        return [*REASONS, *sorted(given - set(REASONS))]


def _span(scores: NDArray[np.float64]) -> tuple[float, float] | None:
    known = scores[np.isfinite(scores)]
    return (float(known.min()), float(known.max())) if len(known) else None


def _inside(scores: NDArray[np.float64], span: Span) -> NDArray[np.bool_]:
    inside = scores > NOT_YET
    if span.least is not None:
        inside &= scores >= span.least
    if span.most is not None:
        inside &= scores <= span.most
    return inside


def _place(names: tuple[str, ...], name: str) -> int:
    return names.index(name) if name in names else -1


def _about(word: Decision, query: Query) -> bool:
    return query.reason in (None, word.reason) and query.reviewer in (None, word.reviewer)
