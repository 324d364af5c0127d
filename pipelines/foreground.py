"""Foreground colours: what to paste on a new background without a rim of the old one.

A soft pixel of a photo is ``alpha * foreground + (1 - alpha) * background``. Copying the photo's colour into a
cutout keeps the background's share and shows as a halo; estimating the foreground's colour removes it.
"""

import numpy as np
from numpy.typing import NDArray

MARGIN = 16
"""Pixels of photo kept around the box of alpha > 0, so that the estimate sees the background on every side."""


def estimate_foreground(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Colours of the foreground alone, by PyMatting's multi-level estimation.

    Only the box of ``alpha > 0`` plus ``MARGIN`` pixels is worked on; everything beyond it is black. PyMatting is
    imported here and not with the module: on a fresh installation its first import compiles for about 40 seconds.

    Reference: Germer et al., "Fast Multi-Level Foreground Estimation", 2020.

    Args:
        image: (H, W, 3) uint8, RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 3) uint8, RGB; equal to ``image`` where alpha is 1.

    Raises:
        ValueError: shapes or dtypes are not as above.
    """
    _check(image, alpha)
    foreground = np.zeros_like(image)
    box = _box(alpha)
    if box is None:
        return foreground

    from pymatting import estimate_foreground_ml

    part, weight = image[box], np.ascontiguousarray(alpha[box])
    estimate = estimate_foreground_ml(part.astype(np.float32) / 255, weight)
    colours = np.rint(np.clip(estimate, 0, 1) * 255).astype(np.uint8)
    # The compositing equation leaves no freedom where alpha is 1; the solver's regularisation would blur there.
    foreground[box] = np.where((weight >= 1)[..., None], part, colours)
    return foreground


def cutout(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The subject alone, with straight (not premultiplied) alpha and no halo of the old background.

    Args:
        image: (H, W, 3) uint8, RGB.
        alpha: (H, W) float32 in [0, 1].

    Returns:
        (H, W, 4) uint8, RGBA; all four are 0 where alpha rounds to 0.

    Raises:
        ValueError: shapes or dtypes are not as above.
    """
    opacity = np.rint(np.clip(alpha, 0, 1) * 255).astype(np.uint8)
    colours = estimate_foreground(image, alpha)
    colours[opacity == 0] = 0
    return np.dstack([colours, opacity])


def _check(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> None:
    if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] != 3:
        raise ValueError(f"image is {image.dtype} {image.shape}, expected uint8 (H, W, 3)")
    if alpha.dtype != np.float32 or alpha.shape != image.shape[:2]:
        raise ValueError(f"alpha is {alpha.dtype} {alpha.shape}, expected float32 {image.shape[:2]}")


def _box(alpha: NDArray[np.float32]) -> tuple[slice, slice] | None:
    """The box of alpha > 0 with its margin, or None for an empty matte."""
    rows, columns = np.flatnonzero((alpha > 0).any(axis=1)), np.flatnonzero((alpha > 0).any(axis=0))
    if not rows.size:
        return None
    return _span(rows), _span(columns)


def _span(hits: NDArray[np.intp]) -> slice:
    return slice(max(int(hits[0]) - MARGIN, 0), int(hits[-1]) + 1 + MARGIN)
