"""One training sample as it is read, and where samples come from."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matting_models.refmatte_layout import Text


@dataclass(slots=True)
class Sample:
    """A photo and what is true of it.

    Attributes:
        sample_id: names it in messages.
        image: (H, W, 3) uint8, RGB.
        alpha: (H, W) uint8; alpha = value / 255.
        trimap: (H, W) uint8; 0 known background, 255 known foreground, anything between unknown. None where the data
            set has none.
        trusted: (H, W) uint8; 255 where alpha may be learned from, 0 elsewhere. None for everywhere.
        whole: gives (H, W) uint8, the alpha of all the photo's instances, of which ``alpha`` is one; read when asked,
            since few networks ask, and raises BadSample. None where ``alpha`` is the whole foreground.
        reference: another photo of the same object or kind, with its alpha; None where the source has no such.
        text: words that fit what ``alpha`` shows alone; None where the source has none.
    """

    sample_id: str
    image: NDArray[np.uint8]
    alpha: NDArray[np.uint8]
    trimap: NDArray[np.uint8] | None = None
    trusted: NDArray[np.uint8] | None = None
    whole: Callable[[], NDArray[np.uint8]] | None = None
    reference: "Sample | None" = None
    text: Text | None = None


class BadSample(Exception):
    """A sample that cannot be used.

    Attributes:
        sample_id: which.
        reason: one sentence that names the file.
    """

    def __init__(self, sample_id: str, reason: str) -> None:
        super().__init__(sample_id, reason)
        self.sample_id = sample_id
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.sample_id}: {self.reason}"


class Source(Protocol):
    """A data set that gives samples by row number."""

    name: str

    def __len__(self) -> int: ...

    def sample_id(self, row: int) -> str:
        """What a row is called."""
        ...

    def group(self, row: int) -> str:
        """The photo or foreground that a row belongs to; what shares one must not be split."""
        ...

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        """Read a row.

        Args:
            row: from 0.
            rng: for sources that compose at random.

        Raises:
            BadSample: it cannot be used.
        """
        ...

    def identity(self) -> str:
        """Digest of which rows there are, wherever they lie."""
        ...

    def subset(self, rows: Sequence[int]) -> "Source":
        """The same source with these rows only."""
        ...


def digest_of(names: Iterable[str]) -> str:
    """Twelve hexadecimal digits that tell lists of names apart."""
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode() + b"\0")
    return digest.hexdigest()[:12]
