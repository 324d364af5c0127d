"""Colours of a foreground, moved towards those of the background around it."""

import cv2
import numpy as np

from pipelines.refmatte.composition.records import Rgb
from pipelines.refmatte.composition.rendering import Piece
from pipelines.refmatte.composition.settings import CompositionSettings

AROUND = 0.25
"""How far around a foreground the background counts, of the foreground's width and height."""
SOLID = 128
"""Alpha from which a pixel counts for the foreground's colours; of thinner ones all that are there."""
LEAST_SPREAD, MOST_SPREAD = 0.8, 1.25
"""Bounds of the factor of a channel's deviation: noise and contrast stay a photo's."""


def harmonised(colours: Rgb, piece: Piece, background: Rgb, settings: CompositionSettings) -> Rgb:
    """Means and deviations of Lab moved by a share of the difference (Reinhard et al., "Color transfer between
    images", 2001).

    Args:
        colours: (h, w, 3) uint8 RGB of the foreground.
        piece: its alpha at its place.
        background: (H, W, 3) uint8 RGB, without any entity.
        settings: ``harmonise`` and ``harmonise_limit``.
    """
    strength = settings.harmonise
    solid = piece.alpha >= SOLID
    mask = (solid if solid.any() else piece.alpha > 0).astype(np.uint8)
    if not strength or not mask.any():
        return colours
    lab = cv2.cvtColor(colours, cv2.COLOR_RGB2Lab)
    mean, spread = (part.ravel() for part in cv2.meanStdDev(lab, mask=mask))
    around = cv2.cvtColor(np.ascontiguousarray(background[_around(piece)]), cv2.COLOR_RGB2Lab)
    other_mean, other_spread = (part.ravel() for part in cv2.meanStdDev(around))
    limit = settings.harmonise_limit
    target = mean + np.clip(strength * (other_mean - mean), -limit, limit)
    factor = ((1 - strength) * spread + strength * other_spread) / np.maximum(spread, 1)
    factor = np.clip(factor, LEAST_SPREAD, MOST_SPREAD)
    levels = np.arange(256)[:, None]
    table = np.rint((levels - mean) * factor + target).clip(0, 255).astype(np.uint8)
    return np.asarray(cv2.cvtColor(cv2.LUT(lab, table[:, None]), cv2.COLOR_Lab2RGB), np.uint8)


def _around(piece: Piece) -> tuple[slice, slice]:
    h, w = piece.alpha.shape
    dy, dx = round(AROUND * h), round(AROUND * w)
    return (
        slice(max(0, piece.y - dy), piece.y + h + dy),
        slice(max(0, piece.x - dx), piece.x + w + dx),
    )
