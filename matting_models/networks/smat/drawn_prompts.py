"""Prompts drawn from a true alpha: at random for training, and as the authors make them for evaluation."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from matting_models.boxes import box_of
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.marks import POINT_REACH, Mark, filled, squares
from matting_models.networks.smat.scribbles import REACH, THICK, scribble

Kind = Literal["box", "points", "scribble", "none"]

INSIDE = 0.2
"""Alpha above which a pixel is the object's, in training."""
CERTAIN = 0.8
"""The same of points and scribbles in evaluation."""
FEWEST, MOST = 1, 3
"""Points in training."""
EVALUATED = 10
"""Points in evaluation."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Sizes of what is drawn, in pixels.

    Attributes:
        point: from a point to the border of its square.
        thick: of a scribble.
        reach: to either side of a scribble that it covers.
    """

    point: int
    thick: int
    reach: int


def pen_of(config: SMatConfig) -> Pen:
    """The paper's, in proportion to the training side."""
    return Pen(config.scaled(POINT_REACH), config.scaled(THICK), config.scaled(REACH))


def draw(kind: Kind, mask: NDArray[np.bool_], points: int, pen: Pen, rng: np.random.Generator) -> Mark:
    """A prompt for an object.

    Args:
        kind: of prompt; ``none`` is empty.
        mask: (H, W), with a pixel set: the object.
        points: how many, or as many as there are pixels.
        pen: sizes.
        rng: everything random comes from it.
    """
    if kind == "none":
        return np.zeros(mask.shape, np.uint8)
    if kind == "box":
        return filled(box_of(mask.view(np.uint8)), (mask.shape[0], mask.shape[1]))
    if kind == "scribble":
        return scribble(mask, pen.thick, pen.reach, rng)
    places = np.argwhere(mask)
    picked = places[rng.choice(len(places), size=min(points, len(places)), replace=False)]
    return squares([(int(row), int(column)) for row, column in picked], (mask.shape[0], mask.shape[1]), pen.point)


def training_prompt(kind: Kind, alpha: NDArray[np.uint8], pen: Pen, rng: np.random.Generator) -> Mark:
    """As the authors train: from alpha above 0.2, one to three points."""
    return draw(kind, alpha > INSIDE * 255, int(rng.integers(FEWEST, MOST + 1)), pen, rng)


def evaluation_prompt(
    kind: Kind, alpha: NDArray[np.floating], pen: Pen, rng: np.random.Generator, points: int = EVALUATED
) -> Mark:
    """As the authors evaluate: the box of alpha above 0, ten points and a scribble where it is above 0.8.

    Args:
        kind: of prompt.
        alpha: (H, W) in [0, 1], not 0 everywhere.
        pen: sizes.
        rng: everything random comes from it.
        points: how many.
    """
    least = 0.0 if kind == "box" else min(CERTAIN, 0.99 * float(alpha.max()))
    return draw(kind, alpha > least, points, pen, rng)


def tight_box(alpha: NDArray[np.floating], share: float = 0.8) -> Mark:
    """The authors' box for RefMatte-RW100: of alpha above 0.8, shrunk to a share of its sides about its middle.

    Args:
        alpha: (H, W) in [0, 1], above 0.8 somewhere.
        share: of width and height.
    """
    x0, y0, x1, y1 = box_of((alpha > CERTAIN).view(np.uint8))
    across, down = (max(1, int(share * length)) for length in (x1 - x0, y1 - y0))
    left, top = x0 + (x1 - x0 - across) // 2, y0 + (y1 - y0 - down) // 2
    return filled((left, top, left + across, top + down), (alpha.shape[0], alpha.shape[1]))
