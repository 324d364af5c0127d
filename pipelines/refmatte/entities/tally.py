"""What a reader left out, told in a sentence a reason."""

from collections import Counter
from pathlib import Path

from pipelines.refmatte.entities.names import Say


class Tally:
    """Counts what is left out of a folder.

    Args:
        folder: for the sentences.
        say: told them.
    """

    def __init__(self, folder: Path, say: Say) -> None:
        self._folder, self._say = folder, say
        self._left: Counter[str] = Counter()

    def leave_out(self, reason: str) -> None:
        """Count one; the reason goes on from "mattes that"."""
        self._left[reason] += 1

    def tell(self) -> None:
        """Tell them all, in order of their reasons."""
        for reason, count in sorted(self._left.items()):
            self._say(f"{self._folder}: mattes left out that {reason}: {count}")
