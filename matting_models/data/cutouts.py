"""Foregrounds cut out of their background."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Cutout:
    """Colours and alpha of a foreground.

    Attributes:
        colour: (H, W, 3) float32, RGB of 0 to 255 times alpha, so that it can be scaled and blurred like alpha.
        alpha: (H, W) float32 in [0, 1].
    """

    colour: NDArray[np.float32]
    alpha: NDArray[np.float32]

    def over(self, background: NDArray[np.float32]) -> NDArray[np.float32]:
        """Composited on a (H, W, 3) float32 background."""
        shown: NDArray[np.float32] = self.colour + (1 - self.alpha[:, :, None]) * background
        return shown

    def is_cut(self) -> bool:
        """Whether the frame cuts opaque foreground."""
        return bool(max(self.alpha[[0, -1]].max(), self.alpha[:, [0, -1]].max()) == 1)


def cutout_of(colour: NDArray[np.uint8] | NDArray[np.float32], alpha: NDArray[np.uint8]) -> Cutout:
    """From straight RGB (H, W, 3) of 0 to 255 and alpha (H, W) uint8."""
    weight = alpha.astype(np.float32) / np.float32(255)
    return Cutout((colour * weight[:, :, None]).astype(np.float32), weight)


@dataclass(frozen=True, slots=True)
class Spread:
    """How widely foregrounds are placed.

    Attributes:
        scales: from and to, uniformly.
        turn: standard deviation in degrees.
        shift: standard deviation along each axis, as a share of the frame's shorter side.
    """

    scales: tuple[float, float]
    turn: float
    shift: float


def place(cutout: Cutout, shape: tuple[int, int], spread: Spread, rng: np.random.Generator) -> Cutout:
    """Scale, turn, shift and mirror a cutout within a frame of ``shape``; at scale 1 it just fits in."""
    height, width = shape
    rows, columns = cutout.alpha.shape
    fit = min(height / rows, width / columns) * rng.uniform(*spread.scales)
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), rng.normal(0, spread.turn), fit)
    centre = np.array([width - columns, height - rows]) / 2 + rng.normal(0, spread.shift * min(shape), 2)
    matrix = matrix + np.array([[0, 0, centre[0]], [0, 0, centre[1]]])
    if rng.random() < 0.5:
        matrix = matrix @ np.array([[-1, 0, columns - 1], [0, 1, 0], [0, 0, 1.0]])
    layers = np.dstack([cutout.colour, cutout.alpha])
    if fit < 0.5:  # linear interpolation would skip pixels
        layers = cv2.GaussianBlur(layers, (0, 0), 0.35 / fit).astype(np.float32, copy=False)
    placed = cv2.warpAffine(layers, matrix, (width, height), flags=cv2.INTER_LINEAR)
    return Cutout(placed[:, :, :3].astype(np.float32), placed[:, :, 3].astype(np.float32))
