"""A trimap that a person mended becomes a matte."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.closed_form.solver import ClosedForm
from pipelines.labelling.matting import MattingBackend, MattingFailed

MARGIN = 32
"""Pixels of photo around what the closed form mattes anew."""
PULL = 0.003
"""How much the machine's alpha weighs where its own trimap was unknown and still is: mask-to-matte's own figure."""


def matte_again(
    backend: MattingBackend | None,
    photo: NDArray[np.uint8],
    mended: NDArray[np.uint8],
    trimap: NDArray[np.uint8],
    alpha: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """The matte of a mended trimap.

    Args:
        backend: mattes the mended trimap. None for methods that start from masks: the closed form does it then, which
            is mask-to-matte's last step too, drawn to the machine's alpha where that was unknown before.
        photo: (H, W, 3) uint8, RGB.
        mended, trimap: (H, W) uint8 of 0, 128 and 255, the person's and the machine's.
        alpha: (H, W) uint8, the machine's.

    Returns:
        (H, W) uint8; 0 and 255 where the mended trimap is known.

    Raises:
        MattingFailed: nothing is known foreground, or background; or the backend cannot matte it.
    """
    for value, name in ((255, "foreground"), (0, "background")):
        if not (mended == value).any():
            raise MattingFailed(f"the trimap has no known {name}: paint some")
    window = _window(mended, MARGIN if backend is None else backend.context)
    made = np.where(mended == 255, 255, 0).astype(np.uint8)
    if window is None:
        return made
    image, levels = (np.ascontiguousarray(pixels[window]) for pixels in (photo, mended))
    if not ((levels == 0).any() and (levels == 255).any()):  # the nearest known pixels are farther away
        window = (slice(None), slice(None))
        image, levels = photo, mended
    found = backend(image, levels) if backend else _drawn(image, levels, trimap[window], alpha[window])
    unknown = levels == 128
    made[window][unknown] = np.rint(found[unknown] * 255).astype(np.uint8)
    return made


def _drawn(
    image: NDArray[np.uint8], levels: NDArray[np.uint8], trimap: NDArray[np.uint8], alpha: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """The closed form; where a person opened what the machine held for certain, colours alone decide."""
    solver = ClosedForm()
    prior = alpha.astype(np.float32) / np.float32(255)
    opened = (levels == 128) & (trimap != 128)
    if opened.any():
        prior = np.where(opened, solver(image, levels), prior)
    return solver.with_prior(image, levels, prior, PULL)


def _window(mended: NDArray[np.uint8], context: int) -> tuple[slice, slice] | None:
    x, y, w, h = cv2.boundingRect((mended == 128).view(np.uint8))
    if w == 0:
        return None
    height, width = mended.shape
    rows = slice(max(y - context, 0), min(y + h + context, height))
    return rows, slice(max(x - context, 0), min(x + w + context, width))
