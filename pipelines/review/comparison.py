"""The mattes of a second run on the same masks, and how far they are from those of the first."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pipelines.errors import UserError
from pipelines.records import Instance
from pipelines.report.pictures import PictureError, read_levels
from pipelines.review.catalogue import Catalogue, load_catalogue
from pipelines.review.disagreement import disagreement
from pipelines.review.measured import NOT_YET, Measured
from pipelines.storage.files import is_local, spread

CLOSE = 3.0
"""Seconds that closing waits for the pair that is being read, from a store perhaps."""
SAVE = 10.0
"""Seconds of measuring between two writings of what was measured."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How many of the pairs of mattes have been compared; those whose files cannot be read are no pairs."""

    done: int
    pairs: int


class Comparison:
    """Measures ``disagreement`` of every pair of mattes in the background, while people look at others.

    Args:
        out: output folder of the run that is reviewed.
        other: output folder of the run to compare with.

    Attributes:
        other: as given.
        problems: why it has stopped, as sentences; none while it has not.

    Raises:
        UserError: the other run's manifest cannot be used.
    """

    def __init__(self, out: Path, other: Path) -> None:
        self._out, self.other, self._catalogue = out, other, load_catalogue(other)
        self._widths: NDArray[np.float64] = np.empty(0)
        self._thread = threading.Thread(daemon=True)
        self._alone = threading.Lock()
        self._measured: Measured | None = None
        self.problems: list[str] = []

    def follow(self, catalogue: Catalogue) -> NDArray[np.float64]:
        """Begin to compare the mattes of a version; comparing those of an earlier one ends.

        Returns:
            (N,) float64 in pixels, filled while the server goes on: ``NOT_YET`` for pairs that wait, NaN for mattes
            that the other run lacks or whose files cannot be read. Equal bytes need no reading: they are 0 at once.
        """
        twins = self._twins(catalogue)
        widths = np.where(twins < 0, np.nan, NOT_YET)
        digests = self._catalogue.digests.take(pa.array(twins, mask=twins < 0))
        widths[np.asarray(pc.fill_null(pc.equal(catalogue.digests, digests), False))] = 0
        self._widths, self.problems = widths, []
        self._thread = threading.Thread(target=self._run, args=(catalogue, twins, widths), daemon=True)
        self._thread.start()
        return widths

    def _twins(self, catalogue: Catalogue) -> NDArray[np.int64]:
        """Numbers of the same masks' mattes in the other run, -1 where it has none."""
        found = pc.fill_null(pc.index_in(catalogue.samples, self._catalogue.samples), -1)
        return np.asarray(found, np.int64)

    def twin(self, sample: str) -> Instance | None:
        """The other run's row of a ``sample_id``, if it has one."""
        number = self._catalogue.numbers.get(sample)
        return None if number is None else self._catalogue.read(number)

    def progress(self) -> Progress:
        """How far it is."""
        known = ~np.isnan(self._widths)
        return Progress(int((known & (self._widths != NOT_YET)).sum()), int(known.sum()))

    def wait(self, seconds: float) -> None:
        """Return when all that can be compared is, or after so many seconds."""
        self._thread.join(seconds)

    def close(self) -> None:
        """Compare no more; what was measured is kept."""
        self._widths = np.empty(0)
        self._thread.join(CLOSE)

    def _run(self, catalogue: Catalogue, twins: NDArray[np.int64], widths: NDArray[np.float64]) -> None:
        with self._alone:  # after the one before it has noticed that it is out of date
            try:
                self._measure(catalogue, twins, widths)
            except (OSError, UserError, pa.ArrowException) as error:
                self.problems = [f"the comparison has stopped: {error}"]

    def _measure(self, catalogue: Catalogue, twins: NDArray[np.int64], widths: NDArray[np.float64]) -> None:
        def digests(number: int) -> tuple[str, str]:
            return catalogue.digest(number), self._catalogue.digest(int(twins[number]))

        measured = self._measured = self._measured or Measured(self._out)
        for number in np.flatnonzero(widths == NOT_YET).tolist():
            widths[number] = measured.find(*digests(number))
        waiting = np.flatnonzero(widths == NOT_YET)
        # The doubtful ones first, since people look at those first.
        waiting = waiting[np.argsort(-catalogue.scores["doubt"][waiting], kind="stable")]
        saved = time.monotonic()
        for number, width in self._read(catalogue, twins, waiting):
            if self._widths is not widths:
                break
            widths[number] = width
            if np.isfinite(width):
                measured.add(*digests(number), width)
            if time.monotonic() - saved > SAVE:
                measured.save()
                saved = time.monotonic()
        measured.save()

    def _read(
        self, catalogue: Catalogue, twins: NDArray[np.int64], waiting: NDArray[np.int64]
    ) -> Iterator[tuple[int, float]]:
        """Numbers and what was measured, NaN where a file cannot be read."""
        if not len(waiting):
            return
        own, others = catalogue.column("alpha_path"), self._catalogue.column("alpha_path")
        areas = catalogue.scores["mask_area"]

        def measure(number: int) -> tuple[int, float]:
            try:
                a = read_levels(self._out, own[number].as_py())
                b = read_levels(self.other, others[int(twins[number])].as_py())
                return number, disagreement(a, b, areas[number])
            except (PictureError, ValueError):
                return number, np.nan

        place = self.other if is_local(self._out) else self._out
        yield from spread(place, measure, waiting.tolist())
