"""Layers with known alphas."""

import cv2
import numpy as np

from pipelines.refmatte.composition import Layer


def disc(side=120, colour=(200, 60, 40), category="cat", group="animal"):
    """A soft-edged ellipse of one colour, which ends by itself at all sides."""
    alpha = np.zeros((4 * side, 4 * side), np.uint8)
    cv2.circle(alpha, (2 * side, 2 * side), 2 * side - 8, 255, -1)
    alpha = cv2.resize(alpha, (side, side), interpolation=cv2.INTER_AREA)
    return Layer(np.full((side, side, 3), colour, np.uint8), alpha, group, category)


def portrait(width=120, height=160, colour=(40, 90, 200)):
    """A head on shoulders that end at the picture's lower border."""
    alpha = np.zeros((4 * height, 4 * width), np.uint8)
    cv2.circle(alpha, (2 * width, width + 8), width, 255, -1)
    cv2.ellipse(alpha, (2 * width, 4 * height), (2 * width - 8, 2 * height), 0, 0, 360, 255, -1)
    alpha = cv2.resize(alpha, (width, height), interpolation=cv2.INTER_AREA)
    return Layer(np.full((height, width, 3), colour, np.uint8), alpha, "human", "human")
