"""What sources of COCO annotations have in common."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from matting_models.data.coco_objects import CocoObject, read_objects
from matting_models.data.sample import BadSample, digest_of
from matting_models.pictures import PictureProblem

MIN_AREA = 6000.0
"""Square pixels of an object; what is smaller shows too little of its edge."""


class CocoSource:
    """Rows are the objects of a COCO file.

    Args:
        annotations: the file.
        images: folder of its photos.
        min_area: of the objects, in square pixels; crowds are left out.
        options: what else the samples depend on, for ``identity``.

    Raises:
        MissingError: the file or the folder does not exist.
        InputError: it is not COCO's, or has no such object.
    """

    def __init__(self, annotations: Path, images: Path, min_area: float, options: Sequence[str]) -> None:
        self.name = str(annotations)
        self._images = images
        self._options = list(options)
        self._objects = read_objects(annotations, images, min_area)

    def __len__(self) -> int:
        return len(self._objects)

    def sample_id(self, row: int) -> str:
        return f"annotation {self._objects[row].ident} of {self._images / self._objects[row].file_name}"

    def group(self, row: int) -> str:
        return self._objects[row].file_name

    def identity(self) -> str:
        return digest_of([*(f"{o.ident} {o.file_name}" for o in self._objects), "options", *self._options])

    def subset(self, rows: Sequence[int]) -> Self:
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other._objects = [self._objects[row] for row in rows]
        return other

    def _photo(self, row: int) -> NDArray[np.uint8]:
        try:
            return self._objects[row].photo(self._images)
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None

    def _mask(self, row: int, least: int) -> NDArray[np.uint8]:
        mask = self._objects[row].mask()
        if (found := int(mask.sum())) < least:
            raise BadSample(self.sample_id(row), f"its mask has {found} pixels, expected at least {least}")
        return mask

    def _object(self, row: int) -> CocoObject:
        return self._objects[row]
