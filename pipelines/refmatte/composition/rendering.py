"""From placed layers to an image and what is visible of each, in whole numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.refmatte.composition.records import Alpha, Layer, Rgb


@dataclass(frozen=True, slots=True)
class Piece:
    """A scaled alpha at its place in the image; it does not reach beyond the image.

    Attributes:
        x, y: of its top left corner, in pixels.
        alpha: (h, w) uint8.
    """

    x: int
    y: int
    alpha: Alpha

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the image that it covers."""
        h, w = self.alpha.shape
        return slice(self.y, self.y + h), slice(self.x, self.x + w)


def scaled(layer: Layer, size: tuple[int, int], flip: bool) -> tuple[Rgb, Alpha]:
    """Colours and alpha at another size, averaged together, so that no colour of invisible pixels comes in.

    Args:
        layer: not changed.
        size: width and height in pixels.
        flip: from left to right.
    """
    alpha = layer.alpha.astype(np.float32)
    both = cv2.merge([*cv2.split(cv2.multiply(layer.colours, cv2.merge([alpha] * 3), dtype=cv2.CV_32F)), alpha])
    both = cv2.resize(both, size, interpolation=_interpolation(layer.alpha, size))
    if flip:
        both = cv2.flip(both, 1)
    small = both[..., 3]
    colours = cv2.divide(both[..., :3], cv2.merge([np.maximum(small, np.float32(1e-3))] * 3))
    return np.rint(colours).clip(0, 255).astype(np.uint8), np.rint(small).clip(0, 255).astype(np.uint8)


def scaled_alpha(alpha: Alpha, size: tuple[int, int], flip: bool) -> Alpha:
    """As ``scaled``, of the alpha alone."""
    small = cv2.resize(alpha, size, interpolation=_interpolation(alpha, size))
    return np.asarray(cv2.flip(small, 1) if flip else small, np.uint8)


def _interpolation(alpha: Alpha, size: tuple[int, int]) -> int:
    """Averages to shrink, lines to enlarge; both keep values between their neighbours'."""
    return cv2.INTER_AREA if size[0] <= alpha.shape[1] and size[1] <= alpha.shape[0] else cv2.INTER_LINEAR


def visible_alphas(
    pieces: Sequence[Piece], order: Sequence[int], shape: tuple[int, int]
) -> tuple[list[Alpha], NDArray[np.uint8]]:
    """What is seen of each piece through those in front of it.

    A piece takes its alpha's share of what those in front leave, rounded; so all of them and the background add up to
    255 exactly.

    Args:
        pieces: as they are placed.
        order: their indices, front to back.
        shape: height and width of the image.

    Returns:
        (h, w) uint8 per piece, in the order of the pieces, and (H, W) uint8 of the background.
    """
    left = np.full(shape, 255, np.uint8)
    visible: list[Alpha] = [piece.alpha for piece in pieces]
    for index in order:
        window = pieces[index].window
        product = cv2.multiply(left[window], pieces[index].alpha, dtype=cv2.CV_16U)
        visible[index] = ((product + np.uint16(127)) // np.uint16(255)).astype(np.uint8)
        left[window] -= visible[index]
    return visible, left


def blended(
    background: Rgb, left: NDArray[np.uint8], pieces: Sequence[Piece], visible: Sequence[Alpha], colours: Sequence[Rgb]
) -> Rgb:
    """The sum of visible alphas times colours, and of what is left times the background, rounded once.

    Args:
        background: (H, W, 3) uint8.
        left: (H, W) uint8, what is visible of the background.
        pieces, visible, colours: of each entity.

    Returns:
        (H, W, 3) uint8.
    """
    # Shares add up to 255, so that sums stay below 65,026 and fit.
    total = _product(background, left)
    for piece, share, colour in zip(pieces, visible, colours, strict=True):
        total[piece.window] += _product(colour, share)
    return ((total + np.uint16(127)) // np.uint16(255)).astype(np.uint8)


def _product(colours: Rgb, share: Alpha) -> NDArray[np.uint16]:
    return np.asarray(cv2.multiply(colours, cv2.merge([share] * 3), dtype=cv2.CV_16U), np.uint16)
