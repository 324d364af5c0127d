"""Folders of photos and their alpha mattes, as AM-2K and P3M-10k come."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.errors import InputError, MissingError
from matting_models.pictures import (
    EXTENSIONS,
    PictureProblem,
    list_pictures,
    read_grey,
    read_photo,
    size_text,
)


@dataclass(frozen=True, slots=True)
class _Pair:
    image: Path
    alpha: Path
    trimap: Path | None


class PairsSource:
    """Photos and alphas matched by file name without extension.

    Args:
        images, alphas: folders.
        trimaps: folder, or None; then trimaps are made from the alphas.

    Attributes:
        unmatched: photos that have no alpha (or no trimap, where a folder of them is given).

    Raises:
        MissingError: a folder does not exist.
        InputError: a folder has no pictures, or nothing matches.
    """

    def __init__(self, images: Path, alphas: Path, trimaps: Path | None = None) -> None:
        self.name = str(images)
        photos, mattes = pictures_of(images, "images"), pictures_of(alphas, "alphas")
        third = None if trimaps is None else pictures_of(trimaps, "trimaps")
        self._pairs = [
            _Pair(photos[stem], mattes[stem], None if third is None else third[stem])
            for stem in sorted(photos)
            if stem in mattes and (third is None or stem in third)
        ]
        self.unmatched = len(photos) - len(self._pairs)
        if not self._pairs:
            raise InputError(
                f"none of the {len(photos)} images in {images} (such as {min(photos)}) has the name of one of the "
                f"{len(mattes)} alphas in {alphas} (such as {min(mattes)})"
            )

    def __len__(self) -> int:
        return len(self._pairs)

    def sample_id(self, row: int) -> str:
        return str(self._pairs[row].image)

    def group(self, row: int) -> str:
        return self._pairs[row].image.stem

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        pair, ident = self._pairs[row], self.sample_id(row)
        try:
            alpha = read_grey(pair.alpha)
            image = read_photo(pair.image)
            if image.shape[:2] != alpha.shape:  # mattes of photos whose orientation was ignored
                image = read_photo(pair.image, 1)
            trimap = None if pair.trimap is None else read_grey(pair.trimap)
        except PictureProblem as problem:
            raise BadSample(ident, str(problem)) from None
        for name, picture, path in (("alpha", alpha, pair.alpha), ("trimap", trimap, pair.trimap)):
            if picture is not None and picture.shape != image.shape[:2]:
                detail = f"{name} {path} is {size_text(picture)}, expected {size_text(image)} as {pair.image}"
                raise BadSample(ident, detail)
        if not alpha.any():
            raise BadSample(ident, f"alpha {pair.alpha} has no foreground")
        return Sample(ident, image, alpha, trimap)

    def identity(self) -> str:
        return digest_of(f"{pair.image.stem} {pair.trimap is not None}" for pair in self._pairs)

    def subset(self, rows: Sequence[int]) -> "PairsSource":
        other = object.__new__(PairsSource)
        other.name, other.unmatched = self.name, self.unmatched
        other._pairs = [self._pairs[row] for row in rows]
        return other


def pictures_of(folder: Path, what: str) -> dict[str, Path]:
    """Pictures of a folder by stem; MissingError or InputError if there is none."""
    if not folder.is_dir():
        raise MissingError(f"{what} folder {folder} does not exist")
    found = list_pictures(folder)
    if not found:
        raise InputError(f"{what} folder {folder} has no pictures, expected {', '.join(EXTENSIONS)}")
    return found
