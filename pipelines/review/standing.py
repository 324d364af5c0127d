"""From all decisions to what holds now: a person's last word counts, for the bytes it was said of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from pipelines.review.decisions import Decision, Mended

State = Literal["undecided", "accepted", "rejected", "conflict", "outdated"]
"""``conflict``: reviewers disagree; ``outdated``: all decisions were about a matte that another has replaced."""
STATES: tuple[State, ...] = get_args(State)

Words = Mapping[str, Decision]
"""A matte's decisions by reviewer, the last of each."""


def last_words(decisions: Iterable[Decision]) -> dict[str, dict[str, Decision]]:
    """By ``sample_id``, then by reviewer, the last decision; withdrawn ones are left out.

    Of two decisions of a reviewer at the same microsecond the later in the table counts.
    """
    words: dict[str, dict[str, Decision]] = {}
    for decision in sorted(decisions, key=lambda d: d.time):
        by_reviewer = words.setdefault(decision.sample_id, {})
        by_reviewer.pop(decision.reviewer, None)
        if decision.verdict != "withdrawn":
            by_reviewer[decision.reviewer] = decision
    return {sample: by_reviewer for sample, by_reviewer in words.items() if by_reviewer}


@dataclass(frozen=True, slots=True)
class Standing:
    """What people say of one matte.

    Attributes:
        state: see ``State``.
        mended: what takes the machine's matte's place where it is accepted; the last one mended.
    """

    state: State
    mended: Mended | None = None


def standing(words: Words, alpha_sha256: str) -> Standing:
    """What holds for the matte of these bytes.

    Args:
        words: of the matte's ``sample_id``; may be empty.
        alpha_sha256: of the manifest's row.
    """
    if not words:
        return Standing("undecided")
    valid = sorted((d for d in words.values() if d.alpha_sha256 == alpha_sha256), key=lambda d: d.time)
    if not valid:
        return Standing("outdated")
    verdicts = {decision.verdict for decision in valid}
    if len(verdicts) > 1:
        return Standing("conflict")
    if verdicts == {"rejected"}:
        return Standing("rejected")
    return Standing("accepted", next((d.mended for d in reversed(valid) if d.mended), None))
