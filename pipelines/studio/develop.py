"""Two rendered passes become one RGBA picture: exact coverage, straight colours that reach beyond the edge."""

from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from pipelines.errors import UserError

Floats = NDArray[np.float32]

SOLID = 0.97
"""Coverage from which a pixel's own colour stands; thinner ones are few rays, and are smoothed by their weight."""


def read_pass(path: Path) -> Floats:
    """A 16-bit RGBA file as (H, W, 4) floats in [0, 1], straight colours.

    Raises:
        UserError: missing, damaged, or another kind of picture.
    """
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None:
        raise UserError(f"{path}: cannot be read as a picture; expected a 16-bit RGBA PNG")
    if pixels.dtype != np.uint16 or pixels.ndim != 3 or pixels.shape[2] != 4:
        raise UserError(f"{path}: found {pixels.dtype} of shape {pixels.shape}, expected a 16-bit RGBA PNG")
    straight: Floats = cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA).astype(np.float32) / np.float32(65535)
    return straight


def developed(colour: Floats, coverage: Floats) -> NDArray[np.uint8]:
    """The foreground as (H, W, 4) uint8 RGBA.

    Args:
        colour: (H, W, 4) straight RGB and the few rays' alpha, in [0, 1].
        coverage: (H, W) exact alpha in [0, 1].
    """
    spread = spread_colours(colour[..., :3], colour[..., 3])
    picture = np.concatenate([spread, coverage[..., None]], 2)
    rounded: NDArray[np.uint8] = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return rounded


def spread_colours(colour: Floats, alpha: Floats) -> Floats:
    """(H, W, 3) colours for all pixels: their own where solid, near it weighted means, beyond it the nearest ones.

    Thin pixels take the mean of their surroundings weighted by alpha, from the smallest of growing windows that holds
    enough of the foreground; so a composite on any background shows no rim.

    Args:
        colour: (H, W, 3) straight colours; those of empty pixels do not matter.
        alpha: (H, W) in [0, 1].
    """
    known = alpha > SOLID
    result = np.where(known[..., None], colour, 0).astype(np.float32)
    weighted = colour * alpha[..., None]
    for sigma in (0.7, 1.5, 4.0, 12.0, 36.0):
        if known.all():
            return result
        weight = gaussian_filter(alpha, sigma, mode="nearest")
        mean = gaussian_filter(weighted, (sigma, sigma, 0), mode="nearest") / np.maximum(weight, 1e-6)[..., None]
        found = ~known & (weight > 0.04)
        result[found] = mean[found]
        known |= found
    result[~known] = weighted.sum((0, 1)) / max(float(alpha.sum()), 1e-6)
    return result


def sides_cut(alpha: NDArray[np.uint8]) -> list[str]:
    """Sides of the picture that the foreground touches: left, top, right, bottom.

    Args:
        alpha: (H, W) uint8.
    """
    edges = {"left": alpha[:, 0], "top": alpha[0], "right": alpha[:, -1], "bottom": alpha[-1]}
    return [side for side, edge in edges.items() if int((edge > 12).sum()) > len(edge) // 100]
