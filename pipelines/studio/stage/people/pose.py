"""Poses: limbs that point somewhere, a body that follows its bones."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.makehuman import joint, skeleton, weights
from pipelines.studio.stage.vectors import Array, turn, turn_between, unit

SPINE = ("spine05", "spine04", "spine03", "spine02", "spine01")
NECK = ("neck01", "neck02", "neck03", "head")
SIDES = {"L": 1.0, "R": -1.0}

Directions = dict[str, tuple[float, float, float]]

ARMS: dict[str, tuple[Directions, ...]] = {
    "down": ({"upperarm": (0.18, 0.02, -1), "lowerarm": (0.1, -0.15, -1)},),
    "loose": ({"upperarm": (0.35, 0.05, -1), "lowerarm": (0.15, -0.5, -1)},),
    "hip": ({"upperarm": (0.75, 0.35, -0.75), "lowerarm": (-0.75, -0.45, -0.35)},),
    "up": ({"upperarm": (0.55, -0.05, 0.95), "lowerarm": (0.1, -0.1, 1)},),
    "wide": ({"upperarm": (1, 0, 0.1), "lowerarm": (1, -0.2, 0.2)},),
    "wave": ({"upperarm": (0.9, -0.1, -0.2), "lowerarm": (0.25, -0.25, 1)},),
    "hold": ({"upperarm": (0.2, -0.1, -1), "lowerarm": (-0.1, -1, 0.15)},),
    "face": ({"upperarm": (0.35, -0.6, -0.7), "lowerarm": (-0.35, -0.25, 1)},),
    "swing": ({"upperarm": (0.15, 0.55, -0.9), "lowerarm": (0.05, 0.1, -1)},),
    "reach": ({"upperarm": (0.15, -1, -0.1), "lowerarm": (0, -1, 0.15)},),
}
CALM = ("down", "down", "loose", "hip", "face")
_STAND: Directions = {"upperleg": (0.06, 0, -1), "lowerleg": (0.04, 0.03, -1)}
_APART: Directions = {"upperleg": (0.28, 0, -1), "lowerleg": (0.24, 0.05, -1)}
_SIT: Directions = {"upperleg": (0.2, -1, -0.05), "lowerleg": (0.08, -0.1, -1)}
LEGS: dict[str, tuple[Directions, Directions]] = {
    "stand": (_STAND, _STAND),
    "apart": (_APART, _APART),
    "walk": (
        {"upperleg": (0.05, -0.45, -1), "lowerleg": (0.04, -0.1, -1)},
        {"upperleg": (0.05, 0.25, -1), "lowerleg": (0.04, 0.7, -1)},
    ),
    "run": (
        {"upperleg": (0.05, -1, -0.8), "lowerleg": (0.03, 0.45, -1)},
        {"upperleg": (0.05, 0.45, -1), "lowerleg": (0.03, 1, -0.35)},
    ),
    "sit": (_SIT, _SIT),
}


@dataclass(frozen=True, slots=True)
class Pose:
    """How bones are turned: from rest, in the body's axes.

    Attributes:
        turns: bone to its (3, 3) rotation.
        places: bone to where its head is, (3,).
        rest: bone to where its head was.
        made: what the manifest says about it.
    """

    turns: dict[str, Array]
    places: dict[str, Array]
    rest: dict[str, Array]
    made: dict[str, str] = field(default_factory=dict)

    def carry(self, bone: str, points: Array) -> Array:
        """(..., 3) points that follow one bone."""
        result: Array = (points - self.rest[bone]) @ self.turns[bone].T + self.places[bone]
        return result


def any_pose(draw: Draw, vertices: Array, holding: bool, calm: bool) -> Pose:
    """A random pose of a shaped body; the left hand can hold something if asked for, arms stay near it if calm."""
    legs = draw.one(["stand", "stand", "apart", "walk", "run", "sit", "stand"])
    arms = CALM if calm else ("down", "loose", *ARMS)
    left, right = draw.one(arms), draw.one(arms)
    left = draw.one(["hold", "down", "up", "wave"]) if holding else left
    aims: dict[str, Array] = {}
    for side, arm, leg in (("L", left, LEGS[legs][0]), ("R", right, LEGS[legs][1])):
        _aim(draw, aims, side, ARMS[arm][0], 0.12)
        _aim(draw, aims, side, leg, 0.05)
    bends = _bends(draw)
    return _posed(vertices, aims, bends, {"legs": legs, "left_arm": left, "right_arm": right})


def _aim(draw: Draw, aims: dict[str, Array], side: str, directions: Directions, loose: float) -> None:
    for limb, direction in directions.items():
        towards = unit(direction) * [SIDES[side], 1, 1] + draw.rng.normal(size=3) * loose
        aims[f"{limb}01.{side}"] = aims[f"{limb}02.{side}"] = unit(towards)


def _bends(draw: Draw) -> dict[str, Array]:
    """Small turns of spine, neck and fingers, on top of what they hang on."""
    bends = {}
    lean, twist, side = draw.between(-0.1, 0.3), draw.between(-0.3, 0.3), draw.between(-0.12, 0.12)
    for bone in SPINE:
        bends[bone] = turn([0, 0, 1], twist / 5) @ turn([1, 0, 0], lean / 5) @ turn([0, 1, 0], side / 5)
    yaw, nod, tilt = draw.between(-0.8, 0.8), draw.between(-0.3, 0.35), draw.between(-0.2, 0.2)
    for bone in NECK:
        bends[bone] = turn([0, 0, 1], yaw / 4) @ turn([1, 0, 0], nod / 4) @ turn([0, 1, 0], tilt / 4)
    return bends


def _posed(vertices: Array, aims: dict[str, Array], bends: dict[str, Array], made: dict[str, str]) -> Pose:
    bones = skeleton()
    rest = {name: joint(vertices, bone["head"]) for name, bone in bones.items()}
    tails = {name: joint(vertices, bones[name]["tail"]) for name in aims}
    turns: dict[str, Array] = {}
    places: dict[str, Array] = {}

    def settle(name: str) -> None:
        parent = bones[name]["parent"]
        if parent and parent not in turns:
            settle(parent)
        before = turns[parent] if parent else np.eye(3)
        places[name] = places[parent] + before @ (rest[name] - rest[parent]) if parent else rest[name]
        turns[name] = bends[name] @ before if name in bends else before
        if name in aims:
            turns[name] = turn_between(before @ (tails[name] - rest[name]), aims[name]) @ before

    for name in bones:
        settle(name)
    return Pose(turns, places, rest, made)


def follow(pose: Pose, vertices: Array) -> Array:
    """(N, 3) all vertices of a shaped body, carried by their bones."""
    names, table = weights()
    matrices = np.stack([pose.turns[name] for name in names])
    offsets = np.stack([pose.places[name] - pose.turns[name] @ pose.rest[name] for name in names])
    blended = (table @ matrices.reshape(len(names), 9)).reshape(-1, 3, 3)
    result: Array = np.einsum("nij,nj->ni", blended, vertices) + table @ offsets
    return result
