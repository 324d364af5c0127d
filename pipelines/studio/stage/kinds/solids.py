"""Things with hard edges: furniture, bottles, toys with holes, letters, heaps of shapes."""

import math
from collections.abc import Callable
from typing import Any

import bpy
import numpy as np

from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.furniture import bicycle, chair, lamp, shelf, table
from pipelines.studio.stage.materials import painted, plain
from pipelines.studio.stage.meshes import ball, box, lathe, primitive, subdivided, thickened
from pipelines.studio.stage.subject import Subject

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ0123456789&@"


def build(draw: Draw) -> Subject:
    """Build one of them."""
    kinds: dict[str, Callable[[Draw], None]] = {
        "chair": chair, "table": table, "shelf": shelf, "lamp": lamp, "bicycle": bicycle, "crockery": _crockery,
        "blocks": _blocks, "letters": _letters, "heap": _heap, "toy": _toy, "rings": _rings,
    }  # fmt: skip
    kind = draw.one(list(kinds))
    kinds[kind](draw)
    return Subject({"solid": kind})


def _crockery(draw: Draw) -> None:
    """Bottles, cups, bowls, jugs side by side."""
    x = 0.0
    for _ in range(draw.whole(1, 5)):
        radius, high = draw.between(0.12, 0.35), draw.between(0.25, 1.2)
        neck = draw.between(0.2, 1.3)
        profile = [
            (0.0, 0.0),
            (radius * 0.8, 0.0),
            (radius, high * 0.3),
            (radius * draw.between(0.7, 1.1), high * 0.65),
            (radius * neck, high),
        ]
        made = subdivided(thickened(lathe(profile, painted(draw)), 0.02), 2)
        made.location = (x + radius, draw.between(-0.2, 0.2), 0)
        if draw.chance(0.4):
            handle = primitive("torus", painted(draw), major_radius=high * 0.22, minor_radius=0.025)
            handle.location = (x + radius * 2, made.location[1], high * 0.5)
            handle.rotation_euler = (math.pi / 2, 0, 0)
        x += radius * 2 + draw.between(0.02, 0.2)


def _blocks(draw: Draw) -> None:
    """A stack of building blocks with gaps."""
    for level in range(draw.whole(2, 5)):
        for place in np.linspace(-0.5, 0.5, draw.whole(1, 3)):
            made = box(painted(draw), (0, 0, 0), (draw.between(0.2, 0.35), 0.25, 0.26), draw.between(0.005, 0.04))
            made.location = (float(place) + draw.between(-0.05, 0.05), draw.between(-0.08, 0.08), level * 0.265)
            made.rotation_euler = (0, 0, draw.between(-0.3, 0.3))


def _letters(draw: Draw) -> None:
    bpy.ops.object.text_add()
    text = bpy.context.object
    text.data.body = "".join(draw.one(LETTERS) for _ in range(draw.whole(1, 4)))
    text.data.extrude, text.data.bevel_depth = draw.between(0.03, 0.2), draw.between(0.002, 0.02)
    text.data.materials.append(painted(draw))
    text.rotation_euler = (math.pi / 2 + draw.between(-0.3, 0.3), draw.between(-0.3, 0.3), draw.between(-0.4, 0.4))


def _heap(draw: Draw) -> None:
    """Shapes that stick in each other."""
    for _ in range(draw.whole(2, 6)):
        kind = draw.one(["cube", "cylinder", "cone", "uv_sphere", "monkey"])
        made = primitive(
            kind, painted(draw), smooth=kind in ("uv_sphere", "monkey"), location=tuple(draw.rng.normal(size=3) * 0.22)
        )
        made.scale = (draw.between(0.3, 0.6),) * 3 if kind == "monkey" else tuple(draw.rng.uniform(0.12, 0.5, 3))
        made.rotation_euler = tuple(draw.rng.uniform(0, 2 * math.pi, 3))
        if kind == "monkey":
            subdivided(made, 2)
        if kind in ("cube", "cylinder"):
            edge = made.modifiers.new("edge", "BEVEL")
            edge.width, edge.segments = draw.between(0.005, 0.05), 3


def _toy(draw: Draw) -> None:
    """A cart with wheels that have holes, and a load."""
    body, wheel = painted(draw), painted(draw)
    box(body, (0, 0, 0.12), (1.2, 0.5, 0.12), 0.03)
    for side in (-0.25, 0.25):
        box(body, (0, side, 0.28), (1.2, 0.03, 0.2), 0.01)
    for x in (-0.4, 0.4):
        for y in (-0.33, 0.33):
            _toy_wheel(draw, (x, y, 0.0), wheel)
    for _ in range(draw.whole(0, 4)):
        ball(painted(draw), (draw.between(-0.45, 0.45), draw.between(-0.12, 0.12), 0.32), draw.between(0.08, 0.17))


def _toy_wheel(draw: Draw, place: tuple[float, float, float], material: Any) -> None:
    made = primitive("torus", material, major_radius=0.19, minor_radius=draw.between(0.03, 0.06), location=place)
    made.rotation_euler = (math.pi / 2, 0, 0)
    for angle in (0.0, math.pi / 3, 2 * math.pi / 3):
        spoke = box(material, (0, 0, 0), (0.36, 0.03, 0.03), 0.005)
        spoke.location, spoke.rotation_euler = place, (0, angle, 0)


def _rings(draw: Draw) -> None:
    """Rings through each other, or a pile of tyres."""
    rubber = draw.chance(0.4)
    for index in range(draw.whole(1, 4)):
        material = plain((0.02, 0.02, 0.02), 0.8) if rubber else painted(draw)
        made = primitive("torus", material, major_radius=draw.between(0.4, 0.6), minor_radius=draw.between(0.06, 0.2))
        made.location = (
            (draw.between(-0.2, 0.2), draw.between(-0.2, 0.2), index * 0.25)
            if rubber
            else tuple(draw.rng.normal(size=3) * 0.3)
        )
        made.rotation_euler = (draw.between(-0.1, 0.1), 0, 0) if rubber else tuple(draw.rng.uniform(0, 6.28, 3))
