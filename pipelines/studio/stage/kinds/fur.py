"""A furry animal, sitting, standing or its head alone, or a ball of fur."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.studio.stage.blob import Capsule, capsule, fused
from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.curves import Growth, clumped, grown, strand_object, taper
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import plain, strands
from pipelines.studio.stage.meshes import ball, surface_points
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, Field, turn, unit


@dataclass
class Animal:
    """An animal's parts.

    Attributes:
        head: (3,) its middle, and ``size`` its radius.
        turned: (3, 3) of the head.
        muzzle: how long it is, in radii.
        parts: of the body.
        bare: (3,) places and radii without fur.
    """

    head: Array
    size: float
    turned: Array
    muzzle: float
    parts: list[Capsule] = field(default_factory=list)
    bare: list[tuple[Array, float]] = field(default_factory=list)

    def at(self, *local: float) -> Array:
        """A point given in radii of the head: x to its left, y to its back, z up."""
        result: Array = self.head + self.turned @ (np.array(local) * self.size)
        return result


def build(draw: Draw) -> Subject:
    """Build an animal and its coat."""
    pose = draw.one(["sit", "sit", "stand", "stand", "head", "ball"])
    animal = _animal(draw, pose)
    under = plain(hsv(draw.between(0.02, 0.1), 0.5, draw.between(0.02, 0.3)), 0.9)
    if pose != "ball":
        _head(draw, animal)
        _face(draw, animal)
    body = fused(animal.parts, 0.03, 6, under)
    made = _coat(draw, animal, body, pose)
    return Subject({"pose": pose, **made}, around=1.5)


def _animal(draw: Draw, pose: str) -> Animal:
    turned = turn([0, 0, 1], draw.between(-0.8, 0.8)) @ turn([1, 0, 0], draw.between(-0.25, 0.25))
    muzzle = draw.between(0.3, 1.0)
    if pose in ("head", "ball"):
        animal = Animal(np.zeros(3), 0.6, turned, muzzle)
        animal.parts.append(capsule((0, 0.5, -0.7), 0.5, (0, 0.1, -0.3), 0.42) if pose == "head" else _lump(draw))
        return animal
    if pose == "sit":
        animal = Animal(np.array([0, -0.22, 0.62]), draw.between(0.22, 0.32), turned, muzzle)
        _sitting(draw, animal)
    else:
        animal = Animal(np.array([0, -0.85, draw.between(0.3, 0.6)]), draw.between(0.2, 0.3), turned, muzzle)
        _standing(draw, animal)
    return animal


def _lump(draw: Draw) -> Capsule:
    return capsule((0, 0, 0), 0.6, draw.rng.normal(size=3) * 0.15, 0.48)


def _sitting(draw: Draw, animal: Animal) -> None:
    hip, chest = (0, 0.3, -0.45), (0, -0.05, 0.1)
    animal.parts += [
        capsule(hip, draw.between(0.36, 0.46), chest, draw.between(0.25, 0.33)),
        capsule(chest, 0.26, animal.head, 0.2),
    ]
    for x in (-1, 1):
        animal.parts += [
            capsule((x * 0.16, -0.15, 0), 0.12, (x * 0.15, -0.25, -0.72), 0.085),
            capsule((x * 0.15, -0.25, -0.74), 0.09, (x * 0.15, -0.38, -0.78), 0.08),
            capsule((x * 0.34, 0.2, -0.5), 0.2, (x * 0.33, -0.15, -0.76), 0.09),
        ]
    _tail(draw, animal, np.array([0, 0.65, -0.7]))


def _standing(draw: Draw, animal: Animal) -> None:
    hip, chest = (0, 0.65, 0), (0, -0.35, 0.05)
    animal.parts += [
        capsule(hip, draw.between(0.25, 0.34), chest, draw.between(0.28, 0.38)),
        capsule(chest, 0.24, animal.head, 0.18),
    ]
    for x in (-1, 1):
        for y in (0.6, -0.4):
            step = y + draw.between(-0.18, 0.18)
            animal.parts.append(capsule((x * 0.17, y, -0.1), 0.15, (x * 0.17, step, -0.85), 0.075))
    _tail(draw, animal, np.array([0, 0.95, 0.05]))


def _tail(draw: Draw, animal: Animal, start: Array) -> None:
    heading = unit([draw.between(-0.5, 0.5), draw.between(0.2, 1), draw.between(-0.2, 1)])
    radius = draw.between(0.045, 0.1)
    for _ in range(draw.whole(2, 6)):
        heading = unit(heading + draw.rng.normal(size=3) * 0.3)
        animal.parts.append(capsule(start, radius, start + heading * 0.17, radius * 0.95))
        start = start + heading * 0.17


def _head(draw: Draw, animal: Animal) -> None:
    size, nose = animal.size, animal.muzzle
    animal.parts += [
        capsule(animal.at(0, 0, 0), size, animal.at(0, -0.2, -0.05), size * 0.85),
        capsule(
            animal.at(0, -0.6, -0.25),
            size * 0.5,
            animal.at(0, -0.6 - nose * 0.6, -0.35),
            size * draw.between(0.28, 0.4),
        ),
    ]
    ears = draw.one(["up", "up", "round", "hanging"])
    for x in (-1, 1):
        if ears == "up":
            animal.parts.append(
                capsule(animal.at(x * 0.55, 0.1, 0.6), size * 0.3, animal.at(x * 0.75, 0.05, 1.35), size * 0.09)
            )
        elif ears == "round":
            animal.parts.append(
                capsule(animal.at(x * 0.75, 0.1, 0.75), size * 0.3, animal.at(x * 0.85, 0.1, 0.9), size * 0.3)
            )
        else:
            animal.parts.append(
                capsule(animal.at(x * 0.8, 0.1, 0.5), size * 0.22, animal.at(x * 1.15, -0.05, -0.5), size * 0.2)
            )


def _face(draw: Draw, animal: Animal) -> None:
    """Dark eyes that lie in their sockets, and a nose."""
    size = animal.size
    eye = plain(draw.one([(0.01, 0.006, 0.004), (0.05, 0.025, 0.008), (0.1, 0.07, 0.015)]), 0.04, Coat_Weight=1.0)
    black = plain((0.012, 0.01, 0.01), 0.3)
    for x in (-1, 1):
        place = animal.at(x * 0.4, -0.86, 0.14)
        ball(eye, place, size * 0.115)
        animal.bare.append((place, size * 0.13))
    tip = animal.at(0, -0.72 - animal.muzzle * 0.6 - 0.26, -0.27)
    ball(black, tip, size * 0.13, (1.25, 0.9, 0.85))
    animal.bare.append((tip, size * 0.16))


def _coat(draw: Draw, animal: Animal, body: Any, pose: str) -> dict[str, Any]:
    points, normals = surface_points(draw.rng, body, draw.whole(45000, 90000))
    for place, reach in animal.bare:
        free = np.linalg.norm(points - place, axis=1) > reach
        points, normals = points[free], normals[free]
    count, length = len(points), draw.scale(0.04, 0.26)
    lengths = length * np.clip(1 + 0.35 * Field(draw.rng, 3, 1)(points)[:, 0], 0.3, 2)
    lengths *= np.exp(draw.rng.normal(size=count) * 0.25) * _shorter_on_face(animal, points, pose)
    comb = np.array([0, 0.8, -0.6]) + Field(draw.rng, 2)(points) * 0.4
    growth = Growth(
        comb,
        draw.between(0.3, 0.75),
        draw.between(0, 0.5),
        draw.between(0.1, 0.9),
        draw.between(3, 9),
        draw.between(0.05, 0.2),
    )
    hairs = grown(draw.rng, points, normals, lengths, 6, growth)
    hairs = clumped(draw.rng, hairs, int(count * draw.between(0.01, 0.05)), draw.between(0.2, 0.8))
    loose = np.flatnonzero(draw.rng.random(count) < 0.03)
    astray = Growth(comb[loose], 0.1, 0.1, 0.6, 6, 0.3)
    hairs[loose] = grown(draw.rng, points[loose], normals[loose], lengths[loose] * 1.6, 6, astray)
    radius = taper(draw.between(0.001, 0.0024), 6, 0.15) * draw.rng.uniform(0.6, 1.3, (count, 1))
    coat, colours = _colours(draw, points)
    strand_object(hairs, radius, colours, strands(draw.between(0.3, 0.6)))
    if pose != "ball":
        _whiskers(draw, animal)
    return {"strands": count, "length": round(length, 3), "coat": coat}


def _shorter_on_face(animal: Animal, points: Array, pose: str) -> Array:
    if pose == "ball":
        return np.ones(len(points))
    ahead = (points - animal.head) @ animal.turned[:, 1] * -1 / animal.size
    near = np.linalg.norm(points - animal.head, axis=1) / animal.size < 2.3
    result: Array = np.where(near, np.interp(ahead, [-0.2, 0.4, 1.0], [1.0, 0.55, 0.2]), 1.0)
    return result


def _whiskers(draw: Draw, animal: Animal) -> None:
    count = draw.whole(0, 14)
    if not count:
        return
    side = np.where(np.arange(count) % 2, 1.0, -1.0)
    start = np.stack([animal.at(s * 0.25, -0.85 - 0.3 * animal.muzzle, -0.35) for s in side])
    way = np.stack([animal.turned @ unit([s, draw.between(-0.5, 0.4), draw.between(-0.4, 0.3)]) for s in side])
    hairs = grown(draw.rng, start, way, np.full(count, animal.size * 1.5), 8, Growth(None, gravity=0.4, frizz=0.1))
    strand_object(hairs, taper(0.0025, 8, 0.3), np.full((count, 3), draw.one([0.02, 0.8])), strands(0.4))


def _colours(draw: Draw, points: Array) -> tuple[str, Array]:
    first = np.array(hsv(draw.between(0.02, 0.12), draw.between(0.05, 0.75), draw.scale(0.02, 0.9)))
    if draw.chance(0.25):
        first = np.full(3, draw.scale(0.015, 0.9))
    second = np.array(hsv(draw.between(0.02, 0.12), draw.between(0, 0.6), draw.scale(0.02, 0.95)))
    coat = draw.one(["plain", "patches", "stripes", "flecked", "two tones"])
    field = Field(draw.rng, 3, 1)(points)[:, 0]
    share = {
        "plain": np.zeros(len(points)),
        "patches": (Field(draw.rng, draw.between(1.5, 4), 1)(points)[:, 0] > draw.between(-0.3, 0.8)).astype(float),
        "stripes": 1 / (1 + np.exp(-6 * np.sin(points[:, 1] * draw.between(10, 22) + field * 1.5))),
        "flecked": draw.rng.random(len(points)) ** 2,
        "two tones": 1 / (1 + np.exp((points[:, 2] - draw.between(-0.3, 0.4)) * 8)),
    }[coat][:, None]
    mixed = first * (1 - share) + second * share
    return coat, np.clip(mixed * draw.rng.uniform(0.65, 1.25, (len(points), 1)), 0.008, 0.97)
