"""Samples that could not be used: counted, named, and too many of them refused."""

from typing import Any

from matting_models.data.batch import Batch
from matting_models.errors import InputError

ALWAYS_ALLOWED = 10
"""So few never end a run, however short it is."""


class Skips:
    """Keeps count over a run.

    Args:
        limit: largest share of the samples drawn that may be unusable.

    Attributes:
        drawn: samples tried.
        total: of those, unusable; one that is drawn again counts again.
        reasons: sample_id to reason.
    """

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self.drawn = 0
        self.total = 0
        self.reasons: dict[str, str] = {}

    def add(self, batch: Batch) -> None:
        """Count a batch.

        Raises:
            InputError: more than the limit, and more than ten, cannot be used; or none was found for a draw.
        """
        self.drawn += len(batch.sample_ids) + len(batch.skipped)
        self.total += len(batch.skipped)
        self.reasons.update(batch.skipped)
        too_many = self.total > ALWAYS_ALLOWED and self.total > self._limit * self.drawn
        if too_many or batch.missing:
            ident, reason = batch.skipped[-1]
            raise InputError(
                f"{self.total} of {self.drawn} samples drawn cannot be used (limit {self._limit:.0%}); "
                f"the last, {ident}: {reason}"
            )

    def state_dict(self) -> dict[str, Any]:
        """For checkpoints."""
        return {"drawn": self.drawn, "total": self.total, "reasons": dict(self.reasons)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """What ``state_dict`` gave."""
        self.drawn, self.total, self.reasons = state["drawn"], state["total"], dict(state["reasons"])
