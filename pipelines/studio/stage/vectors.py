"""Directions, turns and smooth random fields; arrays are float64 with xyz last."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]
Place = Sequence[float] | Array
"""(3,) a point."""


def point(x: float, y: float, z: float) -> Array:
    """(3,) a point or an offset."""
    return np.array([x, y, z], np.float64)


def unit(vectors: ArrayLike) -> Array:
    """(..., 3) vectors of length 1."""
    values = np.asarray(vectors, np.float64)
    length = np.linalg.norm(values, axis=-1, keepdims=True)
    result: Array = values / np.maximum(length, 1e-9)
    return result


def turn(axis: ArrayLike, angle: float) -> Array:
    """(3, 3) rotation about an axis by radians, right-handed."""
    x, y, z = unit(axis)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    result: Array = np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
    return result


def turn_between(start: ArrayLike, end: ArrayLike) -> Array:
    """(3, 3) smallest rotation that carries one direction to another."""
    a, b = unit(start), unit(end)
    axis = np.cross(a, b)
    if np.linalg.norm(axis) < 1e-6:
        return np.eye(3) if a @ b > 0 else turn(np.cross(a, [0.3, 0.5, 0.8]), math.pi)
    return turn(axis, math.acos(float(np.clip(a @ b, -1, 1))))


def smoothstep(values: ArrayLike, start: float, end: float) -> Array:
    """0 before ``start``, 1 after ``end``, smooth between."""
    t = np.clip((np.asarray(values, np.float64) - start) / (end - start), 0, 1)
    result: Array = t * t * (3 - 2 * t)
    return result


class Field:
    """A smooth random vector field of some random sines: about unit variance.

    Args:
        rng: where its waves come from.
        frequency: radians per unit of length.
        dimensions: of its values.
    """

    def __init__(self, rng: np.random.Generator, frequency: float, dimensions: int = 3) -> None:
        self._waves = rng.normal(size=(6, 3, dimensions)) * frequency
        self._phases = rng.uniform(0, 2 * math.pi, (6, dimensions))

    def __call__(self, points: Array) -> Array:
        """(..., 3) points to (..., dimensions) values."""
        total = np.zeros((*points.shape[:-1], self._phases.shape[1]))
        for waves, phases in zip(self._waves, self._phases, strict=True):
            total += np.sin(points @ waves + phases)
        return total / math.sqrt(3)
