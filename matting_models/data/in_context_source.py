"""Folders of photos and alphas, with another photo of the same kind as reference for each: in-context matting."""

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matting_models.data.pairs_source import PairsSource
from matting_models.data.sample import Sample, digest_of
from matting_models.errors import InputError
from matting_models.kinds import kind_of, read_classes

AREAS = "instance_area_ratio"
SMALL = 0.3


class InContextSource:
    """Photos of which those of one kind are each other's references.

    A reference is drawn anew each time, among the others of its kind; of a kind with one or two photos a photo may be
    its own.

    Args:
        images, alphas, trimaps: as of ``PairsSource``.
        classes: JSON of ``{name: {"class": ..., "sub_class": ..., "HalfOrFull": ...}}``, names without extension, as
            the authors' lists for ICM-57 and their training sets; None where all photos are of one kind. With
            ``instance_area_ratio``, photos of small instances are thinned out as by the authors.

    Raises:
        MissingError: a folder or file does not exist.
        InputError: a folder has no pictures, nothing matches, or the list is damaged or lacks a photo.
    """

    def __init__(self, images: Path, alphas: Path, trimaps: Path | None = None, classes: Path | None = None) -> None:
        pairs = PairsSource(images, alphas, trimaps)
        self.name = str(images)
        stems = [pairs.group(row) for row in range(len(pairs))]
        known = {stem: {} for stem in stems} if classes is None else read_classes(classes, stems)
        kept = [row for row, stem in enumerate(stems) if _is_kept(stem, known[stem])]
        if not kept:
            raise InputError(f"{classes} keeps none of the {len(stems)} photos: all instances are small")
        self._pairs, self._kinds = pairs.subset(kept), [kind_of(known[stems[row]]) for row in kept]
        self._rows = list(range(len(kept)))
        self._whole = self._here = self._by_kind()
        self.unmatched = pairs.unmatched

    def __len__(self) -> int:
        return len(self._rows)

    def sample_id(self, row: int) -> str:
        return self._pairs.sample_id(self._rows[row])

    def group(self, row: int) -> str:
        return self._pairs.group(self._rows[row])

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        sample = self._pairs.load(self._rows[row], rng)
        sample.reference = self._pairs.load(self._reference(self._rows[row], rng), rng)
        return sample

    def _reference(self, row: int, rng: np.random.Generator) -> int:
        alike = self._here[self._kinds[row]]
        if len(alike) == 1:
            alike = self._whole[self._kinds[row]]
        if len(alike) <= 2:
            return alike[int(rng.integers(len(alike)))]
        drawn = int(rng.integers(len(alike) - 1))
        return alike[drawn + (drawn >= bisect_left(alike, row))]

    def _by_kind(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for row in sorted(self._rows):
            found.setdefault(self._kinds[row], []).append(row)
        return found

    def identity(self) -> str:
        return digest_of([self._pairs.subset(self._rows).identity(), *(self._kinds[row] for row in self._rows)])

    def subset(self, rows: Sequence[int]) -> "InContextSource":
        """References are of the subset too, save for the only photo of its kind there, as in a small validation."""
        other = object.__new__(InContextSource)
        other.name, other.unmatched = self.name, self.unmatched
        other._pairs, other._kinds, other._rows = self._pairs, self._kinds, [self._rows[row] for row in rows]
        other._whole, other._here = self._whole, other._by_kind()
        return other


def _is_kept(stem: str, known: dict[str, Any]) -> bool:
    """Whether a photo stays; of those of small instances a share, the same ones every time."""
    areas = known.get(AREAS)
    if not areas or (least := min(areas)) >= SMALL:
        return True
    chance = np.random.default_rng(list(stem.encode())).random()
    return bool(100 * (0.6 - least) * least / 9 > chance**0.2)
