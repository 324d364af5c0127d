"""The head: where hair, beards and brows grow, and what they fall on."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils.bvhtree import BVHTree

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.meshes import scattered, triangles_of
from pipelines.studio.stage.people.body import Body, normals
from pipelines.studio.stage.people.makehuman import base_mesh
from pipelines.studio.stage.vectors import Array, Field, smoothstep, unit


@dataclass(frozen=True, slots=True)
class Head:
    """A posed head, measured in its own unit, from the eyes to the crown.

    Attributes:
        size: metres of the unit.
        middle: (3,) centre of the skull in the rest pose.
        eyes: (3,) between the eyes, rest pose.
        turned: (3, 3) of the head from the rest pose to the picture.
        body: whose it is.
    """

    size: float
    middle: Array
    eyes: Array
    turned: Array
    body: Body

    def local(self, points: Array) -> Array:
        """(..., 3) points of the rest pose: x to the left, y to the back, z up, from the skull's centre."""
        result: Array = (points - self.middle) / self.size
        return result

    def world(self, points: Array) -> Array:
        """(..., 3) local points to the picture's scene."""
        return self.body.pose.carry("head", points * self.size + self.middle)

    def direction(self, local: Any) -> Array:
        """(..., 3) local directions to the scene's."""
        result: Array = np.asarray(local, np.float64) @ self.turned.T
        return result


def head_of(body: Body) -> Head:
    """Measure a head."""
    groups = base_mesh()
    eyes = (body.rest[groups.group("helper-l-eye")] + body.rest[groups.group("helper-r-eye")].mean(0)).mean(0) / 2
    size = body.head_unit
    skull = body.rest[groups.group("body")]
    skull = skull[skull[:, 2] > eyes[2] + 0.1 * size]
    middle = np.array([0.0, (skull[:, 1].max() + skull[:, 1].min()) / 2, eyes[2] + 0.12 * size])
    return Head(size, middle, eyes, body.pose.turns["head"], body)


def hairline(local: Array) -> Array:
    """How far above the hairline (..., 3) directions from the skull's centre are, in head units."""
    azimuth = np.abs(np.arctan2(local[..., 0], -local[..., 1]))
    degrees = np.degrees(azimuth)
    line = np.interp(
        degrees, [0, 30, 50, 62, 80, 95, 120, 150, 180], [0.52, 0.5, 0.42, 0.1, 0.0, -0.05, -0.35, -0.62, -0.66]
    )
    result: Array = local[..., 2] - line
    return result


@dataclass(frozen=True, slots=True)
class Roots:
    """Where strands grow.

    Attributes:
        local: (N, 3) on the rest head.
        points: (N, 3) in the scene.
        normals: (N, 3) in the scene.
    """

    local: Array
    points: Array
    normals: Array

    def only(self, keep: Any) -> "Roots":
        """Some of them, by a mask or by indices."""
        return Roots(self.local[keep], self.points[keep], self.normals[keep])


def skin_roots(draw: Draw, head: Head, count: int, low: float = -1.7) -> Roots:
    """Random points on the skin of the head, above a local height."""
    body = head.body
    faces = [f for f in base_mesh().faces["body"] if head.local(body.rest[f[0]])[2] > low]
    triangles = triangles_of(faces)
    chosen, weights = scattered(draw.rng, body.rest, triangles, count)
    corners, share = triangles[chosen], weights[..., None]
    around = normals(body.vertices, faces)
    return Roots(
        head.local((body.rest[corners] * share).sum(1)),
        (body.vertices[corners] * share).sum(1),
        unit((around[corners] * share).sum(1)),
    )


def scalp_roots(draw: Draw, head: Head, count: int, recede: float = 0.0) -> Roots:
    """About ``count`` roots where hair grows; the hairline is soft and a little uneven, ears stay free."""
    roots = skin_roots(draw, head, count * 4, -0.9)
    above = hairline(roots.local) + 0.04 * Field(draw.rng, 9.0, 1)(roots.local)[:, 0]
    front = smoothstep(-roots.local[:, 1], 0.1, 0.7)
    above = above - recede * front
    ears = (np.abs(roots.local[:, 0]) > 0.66) & (np.abs(roots.local[:, 1] - 0.05) < 0.35) & (roots.local[:, 2] < 0.12)
    keep = (draw.rng.random(len(above)) < smoothstep(above, -0.02, 0.08)) & ~ears
    return roots.only(np.flatnonzero(keep)[:count])


def collision(head: Head) -> Any:
    """The posed body, to fall on."""
    return BVHTree.FromPolygons(head.body.vertices.tolist(), [list(f) for f in base_mesh().faces["body"]])
