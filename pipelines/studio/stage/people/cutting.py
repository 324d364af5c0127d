"""Meshes cut along a line where a value per vertex passes zero, as scissors would."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pipelines.studio.stage.vectors import Array

Polygons = list[tuple[int, ...]]


def cut(values: Array, faces: Sequence[Sequence[int]], *attributes: Array) -> tuple[Polygons, list[Array]]:
    """Keep where ``values`` are positive; crossed faces are cut, and share the new corners with their neighbours.

    Args:
        values: (N,) per vertex.
        faces: corners of polygons.
        attributes: (N, K) of vertices, positions for example, interpolated at cuts.

    Returns:
        The polygons that stay, over renumbered vertices, and each attribute of those.
    """
    keys: dict[tuple[int, int], int] = {}
    kept: Polygons = []

    def number(first: int, second: int) -> int:
        return keys.setdefault((min(first, second), max(first, second)), len(keys))

    for face in faces:
        corners: list[int] = []
        for here, there in zip(face, (*face[1:], face[0]), strict=True):
            if values[here] > 0:
                corners.append(number(here, here))
            if (values[here] > 0) != (values[there] > 0):
                corners.append(number(here, there))
        if len(corners) > 2:
            kept.append(tuple(corners))
    pairs = np.array(list(keys), np.int64).reshape(-1, 2)
    first, second = values[pairs[:, 0]], values[pairs[:, 1]]
    apart = np.where(pairs[:, 0] == pairs[:, 1], 1, first - second)
    share = np.clip(np.where(pairs[:, 0] == pairs[:, 1], 0, first / apart), 0, 1)[:, None]
    return kept, [old[pairs[:, 0]] * (1 - share) + old[pairs[:, 1]] * share for old in attributes]


def neighbours(count: int, faces: Sequence[Sequence[int]]) -> tuple[NDArray[np.int64], Array]:
    """(E, 2) edges, each once, and (count,) how many edges meet at a vertex."""
    pairs = [(a, b) for face in faces for a, b in zip(face, (*face[1:], face[0]), strict=True)]
    edges = np.unique(np.sort(np.array(pairs), axis=1), axis=0)
    degree = np.bincount(edges.ravel(), minlength=count).astype(np.float64)
    return edges, degree


def relaxed(points: Array, faces: Sequence[Sequence[int]], times: int) -> Array:
    """(N, 3) points drawn towards the mean of their neighbours, as cloth spans hollows."""
    edges, degree = neighbours(len(points), faces)
    for _ in range(times):
        total = np.zeros_like(points)
        np.add.at(total, edges[:, 0], points[edges[:, 1]])
        np.add.at(total, edges[:, 1], points[edges[:, 0]])
        points = 0.5 * points + 0.5 * total / np.maximum(degree, 1)[:, None]
    return points
