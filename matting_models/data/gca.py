"""What GCA-Matting does to foregrounds before it composites them (Li and Lu, AAAI 2020; its public data generator)."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.colour import jitter_colour

MERGED = 0.5
"""Share of the foregrounds that another one is put behind; alpha is then that of both."""
RESIZED = 0.25
"""Share that is brought to ``SIDE`` x ``SIDE``."""
SIDE = 640
ROTATED = 1024
"""Longer side in pixels from which on foregrounds are rotated too."""
ANGLE, SHEAR = 30.0, 10.0
"""Most, in degrees to either side."""
SCALES = (0.8, 1.25)
"""Of width and height, each for itself."""

Pixels = NDArray[np.uint8]


def augmented(
    foreground: Pixels, alpha: Pixels, other: tuple[Pixels, Pixels] | None, rng: np.random.Generator
) -> tuple[Pixels, Pixels]:
    """A foreground merged with another, resized, warped and with other colours, each by chance.

    Two things are not as there: what is warped is interpolated bilinearly and not by the nearest pixel, and what lies
    behind a soft edge is weighted by its own alpha, as light is.

    Args:
        foreground: (H, W, 3) uint8, RGB, not multiplied with alpha.
        alpha: (H, W) uint8.
        other: another foreground and its alpha, of any size, or None: nothing is merged then.
        rng: everything random comes from it.

    Returns:
        Foreground and alpha, of one size.
    """
    if other is not None and rng.random() < MERGED:
        foreground, alpha = merged(foreground, alpha, *(_resized(x, alpha.shape) for x in other))
    if rng.random() < RESIZED:
        foreground, alpha = (_resized(x, (SIDE, SIDE)) for x in (foreground, alpha))
    matrix = _inverse_affine(alpha.shape[1], alpha.shape[0], rng)
    foreground, alpha = warped(foreground, alpha, matrix)
    return jitter_colour(foreground, rng), alpha


def merged(front: Pixels, front_alpha: Pixels, back: Pixels, back_alpha: Pixels) -> tuple[Pixels, Pixels]:
    """One foreground before another of its size: alpha = 1 - (1 - a1) (1 - a2).

    Where that is 1 everywhere there would be no background; the one in front stays alone then.
    """
    a, b = (x.astype(np.float32)[:, :, None] / 255 for x in (front_alpha, back_alpha))
    both = 1 - (1 - a) * (1 - b)
    level = np.rint(255 * both[:, :, 0]).astype(np.uint8)
    if (level == 255).all():
        return front, front_alpha
    colour = np.divide(a * front + (1 - a) * b * back, both, out=front.astype(np.float32), where=both > 0)
    return np.rint(colour).astype(np.uint8), level


def warped(foreground: Pixels, alpha: Pixels, inverse: NDArray[np.float64]) -> tuple[Pixels, Pixels]:
    """A foreground moved by an affine map, bilinearly; what comes from outside is transparent.

    Args:
        foreground, alpha: (H, W, 3) and (H, W) uint8.
        inverse: (2, 3), from where a pixel comes.
    """
    size = (alpha.shape[1], alpha.shape[0])
    share = alpha.astype(np.float32)[:, :, None] / 255
    planes = np.concatenate([foreground * share, share], axis=2)  # colours of what is transparent must not bleed in
    moved = cv2.warpAffine(planes, inverse, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    weight = moved[:, :, 3:]
    colour = np.divide(moved[:, :, :3], weight, out=np.zeros_like(moved[:, :, :3]), where=weight > 0)
    return np.clip(np.rint(colour), 0, 255).astype(np.uint8), np.rint(255 * weight[:, :, 0]).astype(np.uint8)


def _inverse_affine(width: int, height: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Flip, then scale, then rotate and shear about the middle."""
    angle = math.radians(rng.uniform(-ANGLE, ANGLE)) if max(width, height) >= ROTATED else 0.0
    shear = math.radians(rng.uniform(-SHEAR, SHEAR))
    across, down = rng.uniform(*SCALES, 2) * rng.choice((-1.0, 1.0), 2)
    forward = np.array(
        [
            [math.cos(angle + shear) * across, -math.sin(angle + shear) * down],
            [math.sin(angle) * across, math.cos(angle) * down],
        ]
    )
    inverse = np.linalg.inv(forward)
    middle = np.array([(width - 1) / 2, (height - 1) / 2])
    return np.concatenate([inverse, (middle - inverse @ middle)[:, None]], axis=1)


def _resized(picture: Pixels, shape: tuple[int, ...]) -> Pixels:
    size = (shape[1], shape[0])
    method = cv2.INTER_AREA if shape[0] < picture.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(picture, size, interpolation=method), np.uint8)
