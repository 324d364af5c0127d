"""Pictures with COCO annotations and true alphas, as ``python -m pipelines.sample`` writes them."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.data.coco_objects import CocoObject
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
        self._of_photo: dict[str, list[CocoObject]] = {}
        for each in have:
            self._of_photo.setdefault(each.file_name, []).append(each)

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        photo = self._photo(row)
        alpha = self._alpha(self._object(row), row)
        if (found := int((alpha > 127).sum())) < LEAST:
            path = self._path(self._object(row))
            raise BadSample(self.sample_id(row), f"{path} has {found} pixels of foreground, expected at least {LEAST}")
        several = len(self._of_photo[self.group(row)]) > 1
        return Sample(self.sample_id(row), photo, alpha, whole=partial(self._whole, row) if several else None)

    def _whole(self, row: int) -> NDArray[np.uint8]:
        """Of all that have a true alpha in the row's photo."""
        return together(self._alpha(each, row) for each in self._of_photo[self.group(row)])

    def _path(self, of: CocoObject) -> Path:
        return self._truth / f"{of.ident}.png"

    def _alpha(self, of: CocoObject, row: int) -> NDArray[np.uint8]:
        """Of the photo's size; what is wrong with it makes the row's sample a bad one."""
        path, shape = self._path(of), of.shape
        try:
            alpha = read_grey(path)
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None
        if alpha.shape != shape:
            detail = f"{path} is {size_text(alpha)}, expected {shape[1]}x{shape[0]} as its picture"
            raise BadSample(self.sample_id(row), detail)
        return alpha
