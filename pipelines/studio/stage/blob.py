"""Round bodies fused of capsules."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bmesh
import bpy
import numpy as np

from pipelines.studio.stage.meshes import mesh
from pipelines.studio.stage.vectors import Array


@dataclass(frozen=True, slots=True)
class Capsule:
    """Two balls and what is between them."""

    start: Array
    start_radius: float
    end: Array
    end_radius: float


def capsule(
    start: Sequence[float] | Array, start_radius: float, end: Sequence[float] | Array, end_radius: float
) -> Capsule:
    """A capsule from points of any sequence."""
    return Capsule(np.asarray(start, float), start_radius, np.asarray(end, float), end_radius)


def fused(parts: Sequence[Capsule], voxel: float, smoothing: int, material: Any) -> Any:
    """One smooth mesh of all parts, in the scene."""
    sphere, faces = _sphere()
    balls = [centre + radius * sphere for part in parts for centre, radius in _beads(part)]
    every = [[corner + i * len(sphere) for corner in face] for i in range(len(balls)) for face in faces]
    made = mesh(np.concatenate(balls), every, material)
    grid = made.modifiers.new("fuse", "REMESH")
    grid.mode, grid.voxel_size, grid.use_smooth_shade = "VOXEL", voxel, True
    smooth = made.modifiers.new("smooth", "SMOOTH")
    smooth.iterations, smooth.factor = smoothing, 0.5
    data = bpy.data.meshes.new_from_object(made.evaluated_get(bpy.context.evaluated_depsgraph_get()))
    made.modifiers.clear()
    made.data = data
    if not data.materials:
        data.materials.append(material)
    return made


def _beads(part: Capsule) -> list[tuple[Array, float]]:
    apart = float(np.linalg.norm(part.end - part.start))
    count = max(2, int(apart / (0.35 * min(part.start_radius, part.end_radius))) + 1)
    return [
        (part.start * (1 - t) + part.end * t, part.start_radius * (1 - t) + part.end_radius * t)
        for t in np.linspace(0, 1, count)
    ]


def _sphere() -> tuple[Array, list[list[int]]]:
    shape = bmesh.new()
    bmesh.ops.create_icosphere(shape, subdivisions=2, radius=1)
    vertices = np.array([vertex.co for vertex in shape.verts])
    faces = [[vertex.index for vertex in face.verts] for face in shape.faces]
    shape.free()
    return vertices, faces
