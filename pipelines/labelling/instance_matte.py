"""From one instance's mask to its matte: by way of a trimap, or straight from the mask."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.config import TrimapConfig
from pipelines.labelling.matting import MaskMatting, MaskTrimaps, MattingBackend, MattingFailed
from pipelines.labelling.trimap import make_trimap

NO_KERNEL = 0
"""Kernel size of trimaps that a network made."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a matte that is made from a trimap starts from.

    Attributes:
        image: (h, w, 3) uint8, RGB, cut to ``window``.
        trimap: (H, W) uint8 of 0, 128 and 255.
        mask: (H, W) uint8 of 0 and 1, what the matte is compared with.
        window: rows and columns that the method sees.
        kernel_size: omega, or ``NO_KERNEL``.
    """

    image: NDArray[np.uint8]
    trimap: NDArray[np.uint8]
    mask: NDArray[np.uint8]
    window: tuple[slice, slice]
    kernel_size: int


@dataclass(frozen=True, slots=True)
class Made:
    """A matte.

    Attributes:
        alpha: (h, w) float32 in [0, 1], cut to ``extent``; 0 beyond it.
        mask: (h, w) uint8 of 0 and 1, what the matte is compared with, cut likewise.
        trimap: (H, W) uint8 of 0, 128 and 255.
        extent: rows and columns.
    """

    alpha: NDArray[np.float32]
    mask: NDArray[np.uint8]
    trimap: NDArray[np.uint8]
    extent: tuple[slice, slice]


def start_from(
    mask: NDArray[np.uint8],
    photo: NDArray[np.uint8],
    config: TrimapConfig,
    backend: MattingBackend,
    network: MaskTrimaps | None,
) -> Start:
    """The trimap of a mask, and the part of the photo that the method wants to see.

    Args:
        mask: (H, W) uint8 of 0 and 1, not empty.
        photo: (H, W, 3) uint8, RGB.
        config: how trimaps are made.
        backend: the method.
        network: makes the trimap, in the place of the adaptive kernel.

    Raises:
        MattingFailed: the network cannot make a trimap of it.
    """
    if network is not None:
        trimap, closed, kernel_size = network.trimap(photo, mask), mask, NO_KERNEL
    else:
        made = make_trimap(mask, **config.kernel)
        trimap, closed, kernel_size = made.values, made.closed, made.kernel_size
    window = _window(trimap, backend.context)
    return Start(np.ascontiguousarray(photo[window]), trimap, closed, window, kernel_size)


def made_from_trimaps(backend: MattingBackend, starts: Sequence[Start]) -> Iterator[Made | MattingFailed]:
    """Mattes of a batch, in order."""
    trimaps = [np.ascontiguousarray(start.trimap[start.window]) for start in starts]
    alphas = _matte(backend, [start.image for start in starts], trimaps) if starts else []
    for start, alpha in zip(starts, alphas, strict=True):
        yield alpha if isinstance(alpha, MattingFailed) else _widened(start, alpha)


def made_from_mask(method: MaskMatting, photo: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Made | MattingFailed:
    """The matte of a mask on its whole photo.

    Args:
        photo: (H, W, 3) uint8, RGB.
        mask: (H, W) uint8 of 0 and 1, not empty.
    """
    try:
        matte = method.matte(photo, mask)
    except MattingFailed as error:
        return error
    extent = _box(np.maximum(matte.trimap, mask))
    return Made(matte.alpha[extent], mask[extent], matte.trimap, extent)


def _box(levels: NDArray[np.uint8]) -> tuple[slice, slice]:
    x, y, w, h = cv2.boundingRect(levels)
    return slice(y, y + h), slice(x, x + w)


def _window(trimap: NDArray[np.uint8], context: int) -> tuple[slice, slice]:
    """Bounding box of the unknown region plus context, clipped to the image."""
    height, width = trimap.shape
    x, y, w, h = cv2.boundingRect((trimap == 128).view(np.uint8))
    if w == 0:
        x, y, w, h = cv2.boundingRect(trimap)
    return (
        slice(max(y - context, 0), min(y + h + context, height)),
        slice(max(x - context, 0), min(x + w + context, width)),
    )


def _matte(
    backend: MattingBackend, images: list[NDArray[np.uint8]], trimaps: list[NDArray[np.uint8]]
) -> list[NDArray[np.float32] | MattingFailed]:
    """Mattes of a batch; where it fails as a whole, one by one, so that only the culprit is lost."""
    try:
        return list(backend.batch(images, trimaps))
    except MattingFailed as error:
        if len(images) == 1:
            return [error]
    return [m for i, t in zip(images, trimaps, strict=True) for m in _matte(backend, [i], [t])]


def _widened(start: Start, alpha: NDArray[np.float32]) -> Made:
    """The matte of the window, with the known foreground beyond it."""
    known = _box(start.trimap)
    extent = (_union(known[0], start.window[0]), _union(known[1], start.window[1]))
    whole = (start.trimap[extent] == 255).astype(np.float32)
    top, left = extent[0].start, extent[1].start
    rows, columns = start.window
    whole[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] = alpha
    return Made(whole, start.mask[extent], start.trimap, extent)


def _union(a: slice, b: slice) -> slice:
    return slice(min(a.start, b.start), max(a.stop, b.stop))
