"""How photos and boxes stand in the network's square input, by architecture.

What ``released`` does is what the authors' demo and evaluation do, so that their weights see what they saw there.
"""

import math

import cv2

from matting_models.data.fit import PAD_COLOUR, fit_size
from matting_models.networks.semat.config import Architecture

_BLACK = (0, 0, 0)


def pad_colour(architecture: Architecture) -> tuple[int, int, int]:
    """RGB beside a photo that is not square."""
    return PAD_COLOUR if architecture == "paper" else _BLACK


def scaled_size(height: int, width: int, side: int, architecture: Architecture) -> tuple[int, int]:
    """Height and width of a photo whose long side becomes ``side``; ``released`` rounds every half up."""
    if architecture == "paper":
        return fit_size(height, width, side)
    scale = side / max(height, width)
    return max(1, int(height * scale + 0.5)), max(1, int(width * scale + 0.5))


def interpolation(smaller: bool, architecture: Architecture) -> int:
    """OpenCV's flag for a photo that becomes smaller, or not; ``released`` never averages."""
    return cv2.INTER_AREA if smaller and architecture == "paper" else cv2.INTER_LINEAR


def corner_pixels(x0: float, y0: float, x1: float, y1: float) -> tuple[int, int, int, int]:
    """The first and the last whole pixel that a box of edges touches: ``released``'s boxes.

    The last lies inside the box, so that what ``box_masks`` makes of it lacks the last row and column, as in training.
    """
    return math.floor(x0), math.floor(y0), math.ceil(x1) - 1, math.ceil(y1) - 1
