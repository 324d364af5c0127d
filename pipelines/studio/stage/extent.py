"""Where everything in the scene is."""

from typing import Any

import bpy
import numpy as np

from pipelines.studio.stage.vectors import Array

MOST = 4000
"""Points of an object that are looked at."""


def scene_points() -> Array:
    """(N, 3) points on all visible things, some thousands of each."""
    bpy.context.view_layer.update()
    graph = bpy.context.evaluated_depsgraph_get()
    found = [points for thing in bpy.context.scene.objects if len(points := _points(thing, graph))]
    return np.concatenate(found)


def _points(thing: Any, graph: Any) -> Array:
    if thing.type == "CURVES":
        values = np.empty(len(thing.data.points) * 3, np.float32)
        thing.data.attributes["position"].data.foreach_get("vector", values)
    elif thing.type in ("MESH", "CURVE", "FONT"):
        shown = thing.evaluated_get(graph)
        shape = shown.to_mesh()
        values = np.empty(len(shape.vertices) * 3, np.float32)
        shape.vertices.foreach_get("co", values)
        shown.to_mesh_clear()
    else:
        return np.zeros((0, 3))
    points = values.reshape(-1, 3).astype(np.float64)
    points = points[:: max(1, len(points) // MOST)]
    matrix = np.array(thing.matrix_world)
    result: Array = points @ matrix[:3, :3].T + matrix[:3, 3]
    return result
