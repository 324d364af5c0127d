"""Composites that look like photographs: light, focus, noise and compression at random."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.data.cutouts import Cutout

DEFOCUSED = 0.4
"""Share of the composites whose background is blurred, by 1 to 7.4 px."""
HARMONISED = 0.35
"""Share whose background's mean colour moves towards the foreground's, which makes edges hard to see."""
ALIKE = 0.15
"""Share whose background takes on the colours of the subject's nearest parts: cloth against like cloth."""
EXPOSED = 0.3
"""Share photographed too dark or too bright."""
COMPRESSED = 0.7
"""Share stored as JPEG, of quality 60 to 96."""


def photograph(
    subject: Cutout, background: NDArray[np.uint8], front: Cutout | None, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Composite a subject, and what stands in front of it, and photograph that.

    Args:
        subject, front: of the background's size.
        background: (H, W, 3) uint8, RGB.
        rng: everything random comes from it.

    Returns:
        (H, W, 3) uint8, RGB.
    """
    behind = background.astype(np.float32)
    if rng.random() < DEFOCUSED:
        behind = _blurred(behind, math.exp(rng.uniform(0, 2)))
    if rng.random() < HARMONISED:
        behind = behind + _towards(subject, behind, rng.uniform(0.2, 0.9))
    if rng.random() < ALIKE:
        behind = behind + _alike(subject, behind, rng.uniform(0.5, 1))
    image = _relit(subject, rng).over(behind)
    if front is not None:
        image = front.over(image)
    if rng.random() < EXPOSED:
        image = _exposed(image, rng)
    return _stored(_noisy(image, rng), rng)


def _blurred(picture: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    return cv2.GaussianBlur(picture, (0, 0), sigma).astype(np.float32, copy=False)


def _towards(subject: Cutout, behind: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    step: NDArray[np.float32] = (share * (_mean(subject) - behind.mean((0, 1)))).astype(np.float32)
    return step


def _mean(subject: Cutout) -> NDArray[np.float32]:
    """Colour (3,)."""
    mean: NDArray[np.float32] = subject.colour.sum((0, 1)) / np.float32(max(float(subject.alpha.sum()), 1.0))
    return mean


def _alike(subject: Cutout, behind: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """A step from the background's local colours to those of the subject's nearest parts; texture stays."""
    sigma = min(subject.alpha.shape) / 16
    least = np.float32(1e-3)  # far away the subject's mean colour decides
    colour, alpha = _blurred(subject.colour, sigma), _blurred(subject.alpha, sigma)[:, :, None]
    nearest = (colour + least * _mean(subject)) / (alpha + least)
    step: NDArray[np.float32] = (share * (nearest - _blurred(behind, sigma))).astype(np.float32)
    return step


def _exposed(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """By a gain of 0.4 to 1.3, on a curve with a gamma of 0.8 to 1.4; what is too bright is lost."""
    gain, gamma = (math.exp(rng.uniform(math.log(low), math.log(high))) for low, high in ((0.4, 1.3), (0.8, 1.4)))
    exposed: NDArray[np.float32] = 255 * np.clip(image * np.float32(gain / 255), 0, 1) ** np.float32(gamma)
    return exposed.astype(np.float32, copy=False)


def _relit(subject: Cutout, rng: np.random.Generator) -> Cutout:
    gain, tint = np.float32(rng.uniform(0.8, 1.2)), rng.normal(0, 6, 3).astype(np.float32)
    return Cutout(subject.colour * gain + subject.alpha[:, :, None] * tint, subject.alpha)


def _noisy(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    grey, coloured = (np.float32(rng.uniform(0, most)) for most in (5, 2))
    noise = grey * rng.standard_normal((*image.shape[:2], 1), np.float32)
    noisy: NDArray[np.float32] = image + noise + coloured * rng.standard_normal(image.shape, np.float32)
    return noisy


def _stored(image: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.uint8]:
    pixels: NDArray[np.uint8] = np.clip(np.rint(image), 0, 255).astype(np.uint8)
    if rng.random() >= COMPRESSED:
        return pixels
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(60, 97))]
    _, data = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), quality)
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB).astype(np.uint8, copy=False)
