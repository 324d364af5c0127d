"""Which mattes of a manifest count, by what people decided; and what people mended in the machine's place."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from pipelines.errors import UserError
from pipelines.review.decisions import decision_files, read_all
from pipelines.review.standing import Standing, last_words, standing

Reviewed = Literal["all", "not-rejected", "accepted"]
"""``all``: every matte; ``not-rejected``: all but those that somebody rejected; ``accepted``: those that everybody who
looked accepted. A mended matte takes the place of the machine's in each."""
CHOICES: tuple[Reviewed, ...] = get_args(Reviewed)

Select = Callable[[str, str | None], Standing | None]
"""From ``sample_id`` and ``alpha_sha256`` to what stands, or None where the matte does not count."""


def selection(out: Path, reviewed: Reviewed = "all") -> Select:
    """What people decided about the mattes of an output folder.

    Decisions on a matte that a later run replaced count for nothing; without any decision ``all`` and
    ``not-rejected`` are the whole manifest.

    Args:
        out: the output folder, locally or on a store.
        reviewed: which mattes count.

    Raises:
        UserError: a file of decisions cannot be read, so that it is not known which; or ``accepted`` and there are no
            decisions at all.
    """
    ledger = read_all(out)
    if ledger.problems:
        raise UserError(f"{ledger.problems[0]}; mend or remove it, since which mattes count is not known without it")
    if reviewed == "accepted" and not decision_files(out):
        raise UserError(f"{out}: nobody has reviewed it yet; make review OUT={out}")
    words = last_words(ledger)

    def select(sample_id: str, alpha_sha256: str | None) -> Standing | None:
        found = standing(words.get(sample_id, {}), alpha_sha256 or "")
        return found if _counts(found, reviewed) else None

    return select


def _counts(found: Standing, reviewed: Reviewed) -> bool:
    if reviewed == "accepted":
        return found.state == "accepted"
    return reviewed == "all" or found.state not in ("rejected", "conflict")
