"""Blades: leaves, petals and grass, gathered into one mesh per material."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipelines.studio.stage.meshes import mesh, subdivided
from pipelines.studio.stage.vectors import Array, turn


@dataclass(frozen=True, slots=True)
class Blade:
    """A leaf's shape: one long, on z, bent towards x.

    Attributes:
        width: half of it.
        bend: radians from foot to tip, and ``twist`` about its rib.
        outline: leaf, grass or lobed.
        cup: how far its sides are raised.
    """

    width: float
    bend: float = 0.6
    twist: float = 0.0
    outline: str = "leaf"
    cup: float = 0.2


STEPS = 8


def blade_mesh(shape: Blade, steps: int = STEPS) -> Array:
    """(steps * 3, 3) points: left side, rib and right side at each step."""
    t = np.linspace(0, 1, steps)
    outline = 1 - t**2.2 if shape.outline == "grass" else np.sin(np.pi * t**0.75)
    if shape.outline == "lobed":
        outline = outline * (1 + 0.35 * np.sin(t * 6 * np.pi))
    wide, angle = shape.width * outline, shape.bend * t**1.3
    rib = np.stack([np.sin(angle), np.zeros(steps), np.cos(angle)], 1) / (steps - 1)
    rib = np.concatenate([np.zeros((1, 3)), np.cumsum(rib[1:], 0)])
    turned = shape.twist * t
    side = np.stack([np.zeros(steps), np.cos(turned), np.sin(turned)], 1) * wide[:, None]
    raised = np.stack([np.cos(angle), np.zeros(steps), np.zeros(steps)], 1) * (shape.cup * wide)[:, None]
    return np.stack([rib - side + raised, rib, rib + side + raised], 1).reshape(-1, 3)


@dataclass
class Foliage:
    """Blades to be put into the scene together.

    Attributes:
        materials: what a blade may be made of.
    """

    materials: list[Any]
    _points: dict[int, list[Array]] = field(default_factory=dict)

    def add(self, shape: Blade, foot: Array, turned: Array, size: float, material: int) -> None:
        """A blade of a size at a place."""
        points = blade_mesh(shape) * size @ turned.T + foot
        self._points.setdefault(material, []).append(points)

    def place(self) -> None:
        """Make the meshes."""
        one = [(i * 3 + j, i * 3 + j + 1, i * 3 + j + 4, i * 3 + j + 3) for i in range(STEPS - 1) for j in range(2)]
        for material, blades in self._points.items():
            faces = [[corner + n * STEPS * 3 for corner in face] for n in range(len(blades)) for face in one]
            subdivided(mesh(np.concatenate(blades), faces, self.materials[material]), 1)


def turned(azimuth: float, tilt: float, roll: float = 0.0) -> Array:
    """(3, 3) rolled about z, tilted about y, turned about z."""
    result: Array = turn([0, 0, 1], azimuth) @ turn([0, 1, 0], tilt) @ turn([0, 0, 1], roll)
    return result
