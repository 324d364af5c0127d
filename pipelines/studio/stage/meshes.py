"""Meshes, tubes and bodies of revolution."""

import math
from collections.abc import Iterable, Sequence
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from pipelines.studio.stage.vectors import Array, Place, unit

Whole = NDArray[np.int64]


def place(made: Any) -> Any:
    """Put an object into the scene; returns it."""
    bpy.context.scene.collection.objects.link(made)
    return made


def mesh(vertices: Array, faces: Iterable[Sequence[int]], material: Any, smooth: bool = True) -> Any:
    """An object of (N, 3) vertices and faces of any number of corners."""
    data = bpy.data.meshes.new("mesh")
    data.from_pydata([tuple(v) for v in vertices], [], [tuple(f) for f in faces])
    data.update()
    if smooth:
        data.shade_smooth()
    if material is not None:
        data.materials.append(material)
    return place(bpy.data.objects.new("mesh", data))


def primitive(kind: str, material: Any, smooth: bool = True, **arguments: Any) -> Any:
    """One of Blender's mesh primitives."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(**arguments)
    made = bpy.context.object
    if smooth:
        made.data.shade_smooth()
    made.data.materials.append(material)
    return made


def ball(material: Any, centre: Place, radius: float, stretch: Sequence[float] = (1, 1, 1)) -> Any:
    """A sphere or an ellipsoid."""
    made = primitive("uv_sphere", material, radius=radius, location=tuple(centre), segments=48, ring_count=24)
    made.scale = tuple(stretch)
    return made


def box(material: Any, centre: Place, size: Sequence[float], edge: float = 0.02) -> Any:
    """A box with rounded edges."""
    made = primitive("cube", material, smooth=False, size=1, location=tuple(centre))
    made.scale = tuple(size)
    bpy.ops.object.transform_apply(location=False, rotation=False, scale=True)
    rounded = made.modifiers.new("bevel", "BEVEL")
    rounded.width, rounded.segments = edge, 3
    made.data.shade_smooth()
    made.modifiers.new("normals", "WEIGHTED_NORMAL")
    return made


def subdivided(made: Any, levels: int) -> Any:
    """Smooth a mesh by subdivision; returns it."""
    modifier = made.modifiers.new("smooth", "SUBSURF")
    modifier.levels = modifier.render_levels = levels
    return made


def thickened(made: Any, thickness: float) -> Any:
    """Give a sheet two sides; returns it."""
    made.modifiers.new("thick", "SOLIDIFY").thickness = thickness
    return made


def tubes(lines: Iterable[Array], radius: float, material: Any, closed: bool = False) -> Any:
    """Round wires along (K, 3) lines."""
    data = bpy.data.curves.new("tubes", "CURVE")
    data.dimensions, data.bevel_depth, data.bevel_resolution = "3D", radius, 3
    data.use_fill_caps = True
    for line in lines:
        spline = data.splines.new("POLY")
        spline.points.add(len(line) - 1)
        spline.points.foreach_set("co", np.concatenate([line, np.ones((len(line), 1))], 1).astype(np.float32).ravel())
        spline.use_cyclic_u, spline.use_smooth = closed, True
    data.materials.append(material)
    return place(bpy.data.objects.new("tubes", data))


def line(*points: Place) -> Array:
    """(K, 3) points of a line."""
    return np.array(points, np.float64)


def circle(radius: float, count: int = 96) -> Array:
    """(count, 3) points of a circle around the y axis."""
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)
    return np.stack([np.cos(angle) * radius, np.zeros(count), np.sin(angle) * radius], 1)


def lathe(profile: Sequence[tuple[float, float]], material: Any, count: int = 96) -> Any:
    """A profile of (radius, height) turned around the z axis."""
    radius, height = np.array(profile, np.float64).T
    angle = np.linspace(0, 2 * math.pi, count, endpoint=False)[:, None]
    ring = np.stack([np.cos(angle) * radius, np.sin(angle) * radius, np.broadcast_to(height, (count, len(height)))], 2)
    steps = len(profile)
    faces = [
        (i * steps + j, (i + 1) % count * steps + j, (i + 1) % count * steps + j + 1, i * steps + j + 1)
        for i in range(count)
        for j in range(steps - 1)
    ]
    return mesh(ring.reshape(-1, 3), faces, material)


def triangles_of(faces: Iterable[Sequence[int]]) -> Whole:
    """(M, 3) triangles of polygons, as fans."""
    triangles = [(face[0], face[i], face[i + 1]) for face in faces for i in range(1, len(face) - 1)]
    return np.array(triangles, np.int64).reshape(-1, 3)


def scattered(rng: np.random.Generator, vertices: Array, triangles: Whole, count: int) -> tuple[Whole, Array]:
    """Random points on a surface, equally likely everywhere: (count,) triangles and (count, 3) weights of corners."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    u, v = np.sort(rng.random((2, count)), axis=0)
    return chosen, np.stack([u, v - u, 1 - v], 1)


def surface_points(rng: np.random.Generator, made: Any, count: int) -> tuple[Array, Array]:
    """Random points on an object's mesh and their normals, each (count, 3), in the world."""
    data = made.data
    data.calc_loop_triangles()
    vertices, normals = (np.empty(len(data.vertices) * 3) for _ in range(2))
    data.vertices.foreach_get("co", vertices)
    data.vertices.foreach_get("normal", normals)
    corners = np.empty(len(data.loop_triangles) * 3, np.int32)
    data.loop_triangles.foreach_get("vertices", corners)
    triangles = corners.reshape(-1, 3).astype(np.int64)
    shape, around = vertices.reshape(-1, 3), normals.reshape(-1, 3)
    chosen, weights = scattered(rng, shape, triangles, count)
    found = triangles[chosen]
    matrix = np.array(made.matrix_world)
    points = (shape[found] * weights[..., None]).sum(1) @ matrix[:3, :3].T + matrix[:3, 3]
    return points, unit((around[found] * weights[..., None]).sum(1) @ matrix[:3, :3].T)
