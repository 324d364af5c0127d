"""What a segmenter of prompted objects is. This package has GrabCut; `matting_models` provides Segment Anything."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from pipelines.propagation.features import Points

Encoding = dict[str, NDArray[np.generic]]
"""What a segmenter computes from an image alone, as named arrays that can be stored; empty where there is nothing."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is known about one object in one image.

    Attributes:
        points: (N, 2) float64 of (x, y) in pixels; the centre of the first pixel is (0, 0).
        positive: (N,) bool; True on the object, False beside it.
        box: (x, y, width, height) around the object in pixels, or None.
        outline: (H, W) bool, where the object is expected, or None. Methods that need no more than points ignore it.
        outline_error: how far the outline's edge may be off, in pixels.
    """

    points: Points
    positive: NDArray[np.bool_]
    box: tuple[float, float, float, float] | None = None
    outline: NDArray[np.bool_] | None = None
    outline_error: float = 0.0


@dataclass(frozen=True, slots=True)
class Segment:
    """A mask.

    Attributes:
        mask: (H, W) bool.
        quality: the method's own estimate of the mask's IoU with the object, in [0, 1].
        agreement: share of the points that lie on their side of the mask, in [0, 1].
    """

    mask: NDArray[np.bool_]
    quality: float
    agreement: float


class Encoder(Protocol):
    """A method that computes something from an image alone, which can be kept.

    Attributes:
        name: registry name, e.g. ``grabcut``.
        revision: what exactly ran; part of the cache's keys.
    """

    name: str
    revision: str

    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        """What all objects of an image share.

        Args:
            image: (H, W, 3) uint8, RGB.
        """
        ...


class Segmenter(Encoder, Protocol):
    """A method that turns prompts into a mask."""

    def segment(self, image: NDArray[np.uint8], encoding: Encoding, prompt: Prompt) -> Segment:
        """The mask of one object.

        Args:
            image: (H, W, 3) uint8, RGB.
            encoding: ``encode(image)``, possibly stored and read again.
            prompt: at least one positive point or a box.
        """
        ...


def agreement(mask: NDArray[np.bool_], prompt: Prompt) -> float:
    """Share of a prompt's points on their side of the mask, 1 without points; positive and negative count alike."""
    if len(prompt.points) == 0:
        return 1.0
    height, width = mask.shape
    column, row = np.clip(np.rint(prompt.points), 0, [width - 1, height - 1]).astype(np.int64).T
    return float((mask[row, column] == prompt.positive).mean())
