"""Strands: grown, clumped, and made into Blender's hair curves."""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils.kdtree import KDTree

from pipelines.studio.stage.materials import STRAND_COLOUR
from pipelines.studio.stage.meshes import place
from pipelines.studio.stage.vectors import Array, Field, unit


@dataclass(frozen=True, slots=True)
class Growth:
    """How strands grow.

    Attributes:
        comb: (N, 3) direction they are combed to, or None.
        lie: how far they follow the comb from the root, 0 to 1.
        gravity: how much they bend down over their length.
        wave: how much a smooth field bends them, and ``frequency`` of that field.
        frizz: how much each has a direction of its own.
    """

    comb: Array | None = None
    lie: float = 0.5
    gravity: float = 0.0
    wave: float = 0.0
    frequency: float = 8.0
    frizz: float = 0.1


def grown(rng: np.random.Generator, roots: Array, normals: Array, length: Array, count: int, growth: Growth) -> Array:
    """Strands of ``count`` points from (N, 3) roots, with (N,) lengths: (N, count, 3)."""
    direction = unit(normals)
    if growth.comb is not None:
        along = growth.comb - (growth.comb * direction).sum(1, keepdims=True) * direction
        direction = unit(direction * (1 - growth.lie) + unit(along) * growth.lie)
    direction = unit(direction + rng.normal(size=direction.shape) * growth.frizz)
    drift = rng.normal(size=direction.shape) * growth.frizz
    field = Field(rng, growth.frequency)
    down = np.array([0, 0, -growth.gravity]) * 2
    points = [roots]
    for _ in range(count - 1):
        direction = unit(direction + (down + field(points[-1]) * growth.wave + drift) / (count - 1))
        points.append(points[-1] + direction * (length / (count - 1))[:, None])
    return np.stack(points, 1)


def clumped(rng: np.random.Generator, strands: Array, clumps: int, amount: float) -> Array:
    """Pull (N, K, 3) strands towards some of them, more at the tips than at the roots."""
    count = len(strands)
    guides = rng.choice(count, min(max(clumps, 1), count), replace=False)
    near = guides[nearest(strands[guides, 0], strands[:, 0])]
    pull = np.linspace(0, 1, strands.shape[1])[None, :, None] ** 1.3 * amount * rng.uniform(0.3, 1, (count, 1, 1))
    apart = strands[:, :1] - strands[near][:, :1]
    result: Array = strands * (1 - pull) + (strands[near] + apart * 0.15) * pull
    return result


def nearest(known: Array, points: Array) -> Any:
    """(N,) index of the nearest of ``known`` to each of (N, 3) points."""
    tree = KDTree(len(known))
    for index, point in enumerate(known):
        tree.insert(point, index)
    tree.balance()
    return np.array([tree.find(point)[1] for point in points])


def strand_object(strands: Array, radius: Array, colours: Array, material: Any) -> Any:
    """Hair curves in the scene.

    Args:
        strands: (N, K, 3) points.
        radius: broadcasts to (N, K).
        colours: (N, 3) linear RGB.
        material: usually ``materials.strands``.
    """
    count, points, _ = strands.shape
    data = bpy.data.hair_curves.new("strands")
    data.add_curves([points] * count)
    data.attributes["position"].data.foreach_set("vector", strands.astype(np.float32).ravel())
    width = data.attributes.get("radius") or data.attributes.new("radius", "FLOAT", "POINT")
    width.data.foreach_set("value", np.broadcast_to(radius, (count, points)).astype(np.float32).ravel())
    colour = data.attributes.new(STRAND_COLOUR, "FLOAT_COLOR", "CURVE")
    filled = np.concatenate([colours, np.ones((count, 1))], 1)
    colour.data.foreach_set("color", filled.astype(np.float32).ravel())
    data.materials.append(material)
    return place(bpy.data.objects.new("strands", data))


def taper(radius: float, points: int, tip: float) -> Array:
    """(1, points) radii from the root to ``tip`` times it."""
    return radius * np.linspace(1, tip, points)[None]
