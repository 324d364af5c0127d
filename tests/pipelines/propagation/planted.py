"""Features whose right answer is known: images of labels, a vector of its own for every label.

A cell is 4 x 4 pixels of one colour, its red value the label. All vectors are orthogonal, so that the cosine of two
cells is 1 for the same label and 0 else.
"""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pipelines.annotations.images import Photo
from pipelines.propagation.features import Describer, FeatureMap, Points, View
from pipelines.propagation.segmenter import Encoding, Prompt, Segment, agreement

CELL = 4
COUNT = 128
"""Labels there are."""
EMPTY = 0
"""Label of what is nowhere on a reference but around the object in targets."""
VECTORS = np.linalg.qr(np.random.default_rng(0).standard_normal((COUNT, COUNT)))[0].astype(np.float32)
"""One row per label."""

Labels = NDArray[np.int64]


def field(height: int, width: int, label: int = EMPTY) -> Labels:
    return np.full((height, width), label)


def pasted(on: Labels, block: Labels, row: int, column: int) -> Labels:
    """A copy with a block's cells put at (row, column), as far as they are inside."""
    done = on.copy()
    for (r, c), label in np.ndenumerate(block):
        if 0 <= row + r < on.shape[0] and 0 <= column + c < on.shape[1]:
            done[row + r, column + c] = label
    return done


def spaced(block: Labels, step: int = 2) -> Labels:
    """The block's cells ``step`` apart, empty ones between them."""
    height, width = block.shape
    done = field((height - 1) * step + 1, (width - 1) * step + 1)
    done[::step, ::step] = block
    return done


def picture(labels: Labels) -> NDArray[np.uint8]:
    """(4 h, 4 w, 3) RGB."""
    return np.repeat(np.repeat(np.dstack([labels] * 3), CELL, 0), CELL, 1).astype(np.uint8)


def features_of(values: NDArray[np.float32]) -> FeatureMap:
    """(h, w, C) as the features of an image of h x w cells."""
    height, width = values.shape[:2]
    return FeatureMap(values.astype(np.float16), (1.5, 1.5), (CELL, CELL), (height * CELL, width * CELL), 1.0)


def pixel(row: float, column: float) -> tuple[float, float]:
    """(x, y) of a cell's centre."""
    return column * CELL + 1.5, row * CELL + 1.5


class Planted:
    """Implements ``DenseFeatures`` on images of labels; every view sees the same features."""

    name, revision = "planted", "1"
    views: tuple[View, ...] = (View(),)
    tolerance, min_score, chance = 0.1, 0.5, 0.0

    def __init__(self, views: Sequence[View] = (View(),)) -> None:
        self.views = tuple(views)
        self.extracted = 0

    def extract(self, image: NDArray[np.uint8]) -> FeatureMap:
        self.extracted += 1
        return features_of(VECTORS[image[2::CELL, 2::CELL, 0]])

    def describer(self, image: NDArray[np.uint8], found: FeatureMap) -> Describer:
        def describe(points: Points, view: View) -> NDArray[np.float32]:
            return found.sample(points)

        return describe


class Scripted:
    """Implements ``Segmenter``: gives the masks it is told to, or else the outline, and keeps the prompts."""

    name, revision = "scripted", "1"

    def __init__(self, mask: Callable[[Prompt], NDArray[np.bool_]] | None = None) -> None:
        self.mask = mask
        self.prompts: list[Prompt] = []
        self.encoded = 0

    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        self.encoded += 1
        return {"mean": np.array([image.mean()])}

    def segment(self, image: NDArray[np.uint8], encoding: Encoding, prompt: Prompt) -> Segment:
        if prompt.box is None and not prompt.positive.any():
            raise ValueError("the protocol asks for at least one positive point or a box")
        self.prompts.append(prompt)
        mask = prompt.outline if self.mask is None else self.mask(prompt)
        assert mask is not None
        return Segment(mask, 1.0, agreement(mask, prompt))


def photo(labels: Labels, name: str) -> Photo:
    """A photo of an image of labels; photos of one name have one digest."""
    return Photo(picture(labels), name, 1)


def leftovers(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.name.endswith(".partial")]
