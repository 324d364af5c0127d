"""A body in the scene: skin, eyes, teeth, and what hair and clothes need to know of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils import Matrix

from pipelines.studio.stage.colours import Colour
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.meshes import ball, mesh, subdivided
from pipelines.studio.stage.people import skin
from pipelines.studio.stage.people.makehuman import Faces, base_mesh
from pipelines.studio.stage.people.pose import Pose, any_pose, follow
from pipelines.studio.stage.people.shape import Build, any_build, shaped
from pipelines.studio.stage.vectors import Array, unit


@dataclass(frozen=True, slots=True)
class Body:
    """A shaped and posed body.

    Attributes:
        build: whose it is.
        pose: of its bones.
        rest: (N, 3) all vertices before the pose.
        vertices: (N, 3) after it.
        skin: colour of the skin.
    """

    build: Build
    pose: Pose
    rest: Array
    vertices: Array
    skin: Colour

    @property
    def head_unit(self) -> float:
        """From the eyes to the crown, metres: what hair and hats are measured in."""
        eyes = self.rest[base_mesh().group("helper-l-eye")].mean(0)
        return float(self.rest[base_mesh().group("body"), 2].max() - eyes[2])


def any_body(draw: Draw, holding: bool, calm: bool) -> Body:
    """Somebody in some pose; see ``pose.any_pose``."""
    build = any_build(draw)
    rest = shaped(draw, build)
    pose = any_pose(draw, rest, holding, calm)
    return Body(build, pose, rest, follow(pose, rest), skin.any_tone(draw, build))


def part(vertices: Array, faces: Faces, material: Any, levels: int) -> Any:
    """An object of some faces of the mesh, subdivided."""
    used = np.unique(np.concatenate([np.array(face) for face in faces]))
    renamed = {int(old): new for new, old in enumerate(used)}
    made = mesh(vertices[used], [[renamed[corner] for corner in face] for face in faces], material)
    return subdivided(made, levels)


def add_body(draw: Draw, body: Body) -> None:
    """Skin, eyes and teeth."""
    groups = base_mesh()
    made = part(body.vertices, groups.faces["body"], skin.skin(draw, body.skin), 2)
    _texture(made, "body")
    teeth = skin.teeth()
    for group in ("helper-upper-teeth", "helper-lower-teeth"):
        part(body.vertices, groups.faces[group], teeth, 1)
    iris = skin.eye(draw)
    for side in ("l", "r"):
        _add_eye(body, side, iris)


def _texture(made: Any, group: str) -> None:
    """Give an object of a whole group its texture coordinates."""
    layer = made.data.uv_layers.new(name="texture")
    groups = base_mesh()
    rows = np.concatenate([np.array(face) for face in groups.texture_faces[group]])
    layer.data.foreach_set("uv", groups.texture[rows].astype(np.float32).ravel())


def _add_eye(body: Body, side: str, material: Any) -> None:
    """An eyeball that looks where the head does."""
    shape = body.rest[base_mesh().group(f"helper-{side}-eye")]
    radius = float(np.ptp(shape[:, 2])) / 2
    back = shape[:, 1].min() + radius * 1.02
    centre = np.array([shape[:, 0].mean(), back, (shape[:, 2].max() + shape[:, 2].min()) / 2])
    made = ball(material, (0, 0, 0), radius * 0.99)
    made.matrix_world = bpy_matrix(body.pose.carry("head", centre), body.pose.turns["head"])


def bpy_matrix(place: Array, turned: Array) -> Any:
    """A placement for Blender from (3,) and (3, 3)."""
    rows = np.eye(4)
    rows[:3, :3], rows[:3, 3] = turned, place
    return Matrix(rows.tolist())


def normals(vertices: Array, faces: Sequence[tuple[int, ...]]) -> Array:
    """(N, 3) normals of all vertices; zero where no face has one."""
    total = np.zeros_like(vertices)
    for count in {len(face) for face in faces}:
        corners = np.array([face for face in faces if len(face) == count])
        first, second = (
            vertices[corners[:, 2]] - vertices[corners[:, 0]],
            vertices[corners[:, -1]] - vertices[corners[:, 1]],
        )
        around = np.cross(first, second)
        for column in range(count):
            np.add.at(total, corners[:, column], around)
    return unit(total)
