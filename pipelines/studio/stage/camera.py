"""A camera that sees the subject whole, or cut by the frame on purpose."""

import math
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.meshes import place
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, point

SENSOR = 36.0
"""Width of the sensor in mm; pictures are square."""


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera stands.

    Attributes:
        camera: Blender's object.
        centre: (3,) middle of what is framed.
        extent: half its size.
        distance: from the camera to the middle.
        behind: (3,) direction from the middle away from the camera.
        made: what the manifest says about it.
    """

    camera: Any
    centre: Array
    extent: float
    distance: float
    behind: Array
    made: dict[str, Any]


def add_camera(draw: Draw, subject: Subject, everything: Array) -> View:
    """Stand somewhere around the subject, with some lens, tilt and margin.

    One view in eight is nearer than the subject allows, so that the frame cuts it.
    """
    points = everything if subject.frame is None else subject.frame
    lens = draw.scale(26, 130)
    azimuth, height = draw.between(-subject.around, subject.around), draw.between(-0.15, 0.5)
    towards = np.array([math.sin(azimuth) * math.cos(height), -math.cos(azimuth) * math.cos(height), math.sin(height)])
    roll = draw.between(-0.2, 0.2)
    axes = _axes(towards, roll)
    filled = draw.between(1.15, 1.7) if draw.chance(0.125) else draw.between(0.6, 0.93)
    position, distance = _fit(points @ axes, lens, filled, draw)
    camera = _object(axes, axes @ position, lens)
    centre = (points.max(0) + points.min(0)) / 2
    extent = float(np.linalg.norm(points.max(0) - points.min(0))) / 2
    made = {"lens_mm": round(lens), "azimuth": round(azimuth, 2), "height": round(height, 2), "roll": round(roll, 2)}
    return View(camera, centre, extent, distance, -towards, made)


def _axes(towards: Array, roll: float) -> Array:
    """(3, 3) right, up and backward of a camera as columns."""
    look = Vector(-towards).to_track_quat("-Z", "Y").to_matrix() @ Matrix.Rotation(roll, 3, "Z")
    return np.array(look)


def _fit(seen: Array, lens: float, filled: float, draw: Draw) -> tuple[Array, float]:
    """Place a camera so that points in its axes fill this part of the picture; leaves the middle within the margin.

    Returns:
        (3,) position in the camera's axes, and the distance to the points' middle.
    """
    tangent = SENSOR / 2 / lens
    middle = (seen.max(0) + seen.min(0)) / 2
    spread = float(np.ptp(seen, axis=0)[:2].max()) / 2
    position = middle + point(0, 0, spread / tangent / filled + float(np.ptp(seen[:, 2])) / 2)
    for _ in range(12):
        depth = np.maximum(position[2] - seen[:, 2], 1e-3)
        flat = (seen[:, :2] - position[:2]) / depth[:, None] / tangent
        low, high = flat.min(0), flat.max(0)
        distance = position[2] - middle[2]
        position[:2] += (low + high) / 2 * tangent * distance
        position[2] = middle[2] + distance * (1 + 0.7 * (float((high - low).max()) / 2 / filled - 1))
    room = np.maximum(1 - (high - low) / 2, 0) * 0.8
    position[:2] += np.array([draw.between(-1, 1), draw.between(-1, 1)]) * room * tangent * distance
    return position, float(position[2] - middle[2])


def _object(axes: Array, position: Array, lens: float) -> Any:
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width, data.clip_start = lens, SENSOR, 0.001
    made = place(bpy.data.objects.new("camera", data))
    made.matrix_world = Matrix.LocRotScale(Vector(position), Matrix(axes.tolist()).to_quaternion(), None)
    bpy.context.scene.camera = made
    return made
