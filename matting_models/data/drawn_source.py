"""Objects of photographs with a new, exact edge, on other photographs."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from matting_models.data.backgrounds import backgrounds_in, random_background
from matting_models.data.coco_source import MIN_AREA, CocoSource
from matting_models.data.drawn_edges import draw_edge
from matting_models.data.photography import photograph
from matting_models.data.sample import BadSample, Sample
from matting_models.pictures import PictureProblem

LEAST = 3000
"""Pixels that a mask must have."""


class DrawnEdgesSource(CocoSource):
    """Shapes and colours of real objects with drawn edges.

    Args:
        annotations, images, min_area: as of ``CocoSource``.
        backgrounds: folders of photos.

    Raises:
        MissingError: a file or folder does not exist.
        InputError: the annotations cannot be used, or a folder has no pictures.
    """

    def __init__(
        self, annotations: Path, images: Path, backgrounds: Sequence[Path], min_area: float = MIN_AREA
    ) -> None:
        self._backgrounds = backgrounds_in(backgrounds)
        options = [f"drawn-edges {min_area:g}", *(path.name for path in self._backgrounds)]
        super().__init__(annotations, images, min_area, options)

    def load(self, row: int, rng: np.random.Generator) -> Sample:
        photo, mask = self._photo(row), self._mask(row, LEAST)
        cutout = draw_edge(photo, mask, rng)
        if cutout is None:
            raise BadSample(self.sample_id(row), "it is too thin: less than 500 pixels are well inside its mask")
        try:
            path, background = random_background(self._backgrounds, mask.shape[0], mask.shape[1], rng)
        except PictureProblem as problem:
            raise BadSample(self.sample_id(row), str(problem)) from None
        image = photograph(cutout, background, None, rng)
        alpha = np.rint(255 * cutout.alpha).astype(np.uint8)
        return Sample(f"{self.sample_id(row)} on {path}", image, alpha)
