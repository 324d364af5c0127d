"""Colours in linear RGB."""

import colorsys

import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.vectors import Array

Colour = tuple[float, float, float]


def hsv(hue: float, saturation: float, value: float) -> Colour:
    """A colour by hue (any number, 1 is once around), saturation and value in [0, 1]."""
    return colorsys.hsv_to_rgb(hue % 1, saturation, value)


def any_colour(draw: Draw) -> Colour:
    """Of things that people make: grays and muted ones more often than loud ones."""
    if draw.chance(0.3):
        gray = draw.scale(0.015, 0.85)
        return hsv(draw.between(0, 1), draw.between(0, 0.15), gray)
    return hsv(draw.between(0, 1), draw.between(0.1, 0.95), draw.scale(0.03, 0.85))


def varied(draw: Draw, colour: Colour, count: int, amount: float = 0.35) -> Array:
    """(count, 3) colours around one, each with a brightness of its own."""
    brightness = draw.rng.uniform(1 - amount, 1 + amount, (count, 1))
    result: Array = np.clip(np.asarray(colour)[None] * brightness, 0.004, 0.97)
    return result


def darker(colour: Colour, factor: float) -> Colour:
    """The same with its brightness times ``factor``, at most 1."""
    r, g, b = (min(1.0, value * factor) for value in colour)
    return r, g, b
