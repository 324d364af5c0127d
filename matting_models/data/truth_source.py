"""Pictures with COCO annotations and true alphas, as ``python -m pipelines.sample`` writes them."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.data.coco_source import CocoSource
from matting_models.data.sample import BadSample, Sample
from matting_models.data.together import together
from matting_models.errors import InputError, MissingError
from matting_models.pictures import PictureProblem, read_grey, size_text

LEAST = 800
"""Pixels of alpha above 127 that an object must have."""


class TruthSource(CocoSource):
    """Rows are the annotations that have a true alpha.

    Args:
        annotations, images: as of ``CocoSource``.
        truth: folder of ``<annotation id>.png``, alphas of whole pictures.

    Raises:
        MissingError: a file or folder does not exist.
        InputError: the annotations cannot be used, or none has a true alpha.
    """

    def __init__(self, annotations: Path, images: Path, truth: Path) -> None:
        super().__init__(annotations, images, 0, ["truth"])
        if not truth.is_dir():
            raise MissingError(f"truth folder {truth} does not exist")
        self._truth = truth
        present = {path.stem for path in truth.glob("*.png")}
        have = [found for found in self._objects if str(found.ident) in present]
        if not have:
            example = f"such as {self._objects[0].ident}.png"
            raise InputError(f"truth folder {truth} has none of the alphas of {annotations}, {example}")
        self._objects = have

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        photo = self._photo(row)
        alpha = self._alpha(row)
        if (found := int((alpha > 127).sum())) < LEAST:
            path = self._path(row)
            raise BadSample(self.sample_id(row), f"{path} has {found} pixels of foreground, expected at least {LEAST}")
        beside = [other for other in range(len(self)) if self.group(other) == self.group(row)]
        whole = partial(self._whole, beside) if len(beside) > 1 else None
        return Sample(self.sample_id(row), photo, alpha, whole=whole)

    def _whole(self, rows: list[int]) -> NDArray[np.uint8]:
        return together(self._alpha(row) for row in rows)

    def _path(self, row: int) -> Path:
        return self._truth / f"{self._object(row).ident}.png"

    def _alpha(self, row: int) -> NDArray[np.uint8]:
        """Of the photo's size."""
        path, shape = self._path(row), self._object(row).shape
        try:
            alpha = read_grey(path)
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None
        if alpha.shape != shape:
            detail = f"{path} is {size_text(alpha)}, expected {shape[1]}x{shape[0]} as its picture"
            raise BadSample(self.sample_id(row), detail)
        return alpha
