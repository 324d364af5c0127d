"""Entities of images, each with texts that fit it alone."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.errors import InputError
from matting_models.pictures import PictureProblem, read_grey, read_photo, size_text
from matting_models.refmatte_layout import RefMatteEntity, Split, read_entities


class RefMatteSource:
    """Rows are the entities that have a text in a setting; which of their texts is drawn anew each time.

    Args:
        root: what ``flows.refmatte`` wrote, or RefMatte itself.
        split: which.
        setting: keyword or expression.

    Raises:
        MissingError: a folder does not exist.
        InputError: it describes nothing in words, or nothing of the split in the setting.
    """

    def __init__(
        self, root: Path, split: Split = "train", setting: Literal["keyword", "expression"] = "expression"
    ) -> None:
        self.name, self._setting = str(root), setting
        found = read_entities(root, split)
        self._entities: list[RefMatteEntity] = [entity for entity in found if entity.texts(setting)]
        if not self._entities:
            raise InputError(f"{root}: none of the {len(found)} entities of split {split} has a text of {setting}s")

    def __len__(self) -> int:
        return len(self._entities)

    def sample_id(self, row: int) -> str:
        return self._entities[row].name

    def group(self, row: int) -> str:
        return self._entities[row].image_name

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        entity = self._entities[row]
        texts = entity.texts(self._setting)
        text = texts[int(rng.integers(len(texts)))]
        try:
            image, alpha = read_photo(entity.image), read_grey(entity.alpha)
        except PictureProblem as problem:
            raise BadSample(entity.name, str(problem)) from None
        if alpha.shape != image.shape[:2]:
            detail = f"alpha {entity.alpha} is {size_text(alpha)}, expected {size_text(image)} as {entity.image}"
            raise BadSample(entity.name, detail)
        if not alpha.any():
            raise BadSample(entity.name, f"alpha {entity.alpha} has no foreground")
        return Sample(entity.name, image, alpha, text=text)

    def identity(self) -> str:
        texts = (f"{each.kind} {each.text}" for entity in self._entities for each in entity.texts(self._setting))
        return digest_of([*(entity.name for entity in self._entities), "texts", *texts])

    def subset(self, rows: Sequence[int]) -> "RefMatteSource":
        other = object.__new__(RefMatteSource)
        other.name, other._setting = self.name, self._setting
        other._entities = [self._entities[row] for row in rows]
        return other
