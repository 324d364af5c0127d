"""Foregrounds with alpha, composited on backgrounds on the fly, as Distinctions-646 and Composition-1k are used."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.backgrounds import backgrounds_in
from matting_models.data.gca import augmented
from matting_models.data.pairs_source import PairsSource
from matting_models.data.sample import BadSample, Sample, digest_of
from matting_models.pictures import PictureProblem, read_photo


class CompositeSource:
    """Foregrounds on backgrounds that the generator draws.

    Args:
        foregrounds, alphas: folders, matched by file name without extension.
        backgrounds: folders of photos; each is scaled to cover the foreground and cropped at random.
        gca: do to foregrounds what GCA-Matting does, see ``matting_models.data.gca``.

    Raises:
        MissingError: a folder does not exist.
        InputError: a folder has no pictures, or nothing matches.
    """

    def __init__(self, foregrounds: Path, alphas: Path, *backgrounds: Path, gca: bool = False) -> None:
        self._pairs = PairsSource(foregrounds, alphas)
        self._backgrounds = backgrounds_in(backgrounds)
        self._gca = gca
        self.name = str(foregrounds)

    def __len__(self) -> int:
        return len(self._pairs)

    def sample_id(self, row: int) -> str:
        return self._pairs.sample_id(row)

    def group(self, row: int) -> str:
        return self._pairs.group(row)

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        foreground = self._pairs.load(row, rng)
        path = self._backgrounds[int(rng.integers(len(self._backgrounds)))]
        ident = f"{foreground.sample_id} on {path}"
        try:
            background = read_photo(path)
        except PictureProblem as problem:
            raise BadSample(ident, str(problem)) from None
        image, alpha = self._augmented(foreground, rng) if self._gca else (foreground.image, foreground.alpha)
        covering = cover(background, alpha.shape[0], alpha.shape[1], rng)
        return Sample(ident, composite(image, alpha, covering), alpha)

    def _augmented(self, sample: Sample, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        other = self._pairs.load(int(rng.integers(len(self))), rng)
        return augmented(sample.image, sample.alpha, (other.image, other.alpha), rng)

    def identity(self) -> str:
        return digest_of([self._pairs.identity(), *["gca"] * self._gca, *(path.name for path in self._backgrounds)])

    def subset(self, rows: Sequence[int]) -> "CompositeSource":
        other = object.__new__(CompositeSource)
        other.name, other._backgrounds, other._gca = self.name, self._backgrounds, self._gca
        other._pairs = self._pairs.subset(rows)
        return other


def cover(background: NDArray[np.uint8], height: int, width: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Scale a (H, W, 3) picture so that it just covers ``height`` x ``width``, and crop it there at random."""
    scale = max(height / background.shape[0], width / background.shape[1])
    size = (max(width, round(background.shape[1] * scale)), max(height, round(background.shape[0] * scale)))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    scaled = cv2.resize(background, size, interpolation=method)
    top, left = (int(rng.integers(extra + 1)) for extra in (size[1] - height, size[0] - width))
    return scaled[top : top + height, left : left + width].astype(np.uint8, copy=False)


def composite(
    foreground: NDArray[np.uint8], alpha: NDArray[np.uint8], background: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """``alpha F + (1 - alpha) B``, rounded.

    Args:
        foreground, background: (H, W, 3) uint8.
        alpha: (H, W) uint8; alpha = value / 255.
    """
    weight = alpha.astype(np.float32)[:, :, None] / 255
    mixed = weight * foreground + (1 - weight) * background
    result: NDArray[np.uint8] = np.rint(mixed).astype(np.uint8)
    return result
