"""Thin things with gaps: bicycles, nets, frames, cables, aerials, baskets, ladders, fences."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.furniture import bicycle, chair, ladder
from pipelines.studio.stage.materials import metal, painted
from pipelines.studio.stage.meshes import ball, box, circle, line, primitive, tubes
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, Field, turn, unit


def build(draw: Draw) -> Subject:
    """Build one of them."""
    kinds: dict[str, Callable[[Draw], None]] = {
        "bicycle": bicycle, "net": _net, "frame": _frame, "cables": _cables, "chair": chair, "aerial": _aerial,
        "basket": _basket, "ladder": ladder, "fence": _fence,
    }  # fmt: skip
    kind = draw.one(list(kinds))
    kinds[kind](draw)
    return Subject({"wires": kind})


def _material(draw: Draw) -> Any:
    return metal(draw) if draw.chance(0.5) else painted(draw)


def _net(draw: Draw) -> None:
    bend, count, t = Field(draw.rng, draw.between(1, 3)), draw.whole(10, 26), np.linspace(-1, 1, 60)
    turned = turn([0, 1, 0], math.pi / 4) if draw.chance(0.6) else np.eye(3)
    threads = []
    for place in np.linspace(-1, 1, count):
        for along in (0, 2):
            thread = np.zeros((60, 3))
            thread[:, along], thread[:, 2 - along] = t, place
            thread = thread @ turned.T * 0.9
            threads.append(thread + bend(thread) * [0.03, 0.12, 0.05])
    tubes(threads, draw.scale(0.003, 0.012), _material(draw))


def _frame(draw: Draw) -> None:
    made = primitive("ico_sphere", _material(draw), smooth=False, subdivisions=draw.whole(2, 3), radius=0.9)
    made.modifiers.new("wires", "WIREFRAME").thickness = draw.between(0.015, 0.05)
    if draw.chance(0.5):
        ball(painted(draw), (0, 0, 0), 0.4)


def _cables(draw: Draw) -> None:
    cables = []
    for _ in range(draw.whole(4, 25)):
        place, way = draw.rng.normal(size=3) * 0.3, unit(draw.rng.normal(size=3))
        points = []
        for _ in range(60):
            way = unit(way + draw.rng.normal(size=3) * 0.25 - place * 0.12)
            place = place + way * 0.06
            points.append(place)
        cables.append(np.array(points))
    tubes(cables, draw.scale(0.004, 0.02), _material(draw))
    box(painted(draw), (0, 0, 0), (0.5, draw.between(0.2, 0.5), draw.between(0.2, 0.5)), 0.03)


def _aerial(draw: Draw) -> None:
    made = metal(draw)
    tubes([line([0, 0, -1.1], [0, 0, 1])], 0.02, made)
    heights = np.linspace(-0.2, 0.95, draw.whole(4, 12))
    half = [0.1 + 0.5 * (1 - (z + 0.2) / 2) for z in heights]
    tubes([line([-reach, 0, z], [reach, 0, z]) for z, reach in zip(heights, half, strict=True)], 0.007, made)
    tubes([line([0, 0, 0.9], [x, draw.between(-0.4, 0.4), -1.1]) for x in (-1, 1, -0.6, 0.6)], 0.0035, made)


def _basket(draw: Draw) -> None:
    heights = np.linspace(-0.5, 0.5, draw.whole(6, 15))
    hoops = [circle(_bulge(z))[:, [0, 2, 1]] + [0, 0, z] for z in heights]
    tubes(hoops, draw.between(0.006, 0.014), painted(draw, hsv(0.08, 0.5, draw.between(0.2, 0.6))), closed=True)
    z = np.linspace(-0.5, 0.52, 30)
    radius = np.array([_bulge(height) for height in z])
    angles = np.linspace(0, 2 * math.pi, draw.whole(14, 30), endpoint=False)
    tubes(
        [np.stack([radius * math.cos(a), radius * math.sin(a), z], 1) for a in angles],
        draw.between(0.005, 0.012),
        metal(draw),
    )
    arc = np.linspace(0, math.pi, 40)
    tubes([np.stack([0.75 * np.cos(arc), np.zeros(40), 0.5 + 0.55 * np.sin(arc)], 1)], 0.015, metal(draw))
    for _ in range(draw.whole(0, 6)):
        fruit = painted(draw, hsv(draw.one([0.0, 0.08, 0.25]), 0.8, 0.6), 0.3)
        place = [draw.between(-0.25, 0.25), draw.between(-0.25, 0.25), draw.between(-0.3, 0.4)]
        ball(fruit, place, draw.between(0.12, 0.2))


def _bulge(height: float) -> float:
    return 0.45 + 0.25 * height + 0.12 * math.sin(height * 2)


def _fence(draw: Draw) -> None:
    made, count = _material(draw), draw.whole(7, 20)
    places = np.linspace(-1, 1, count)
    bars: list[Array] = [line([x, 0, -0.8], [x, 0, draw.between(0.6, 0.8)]) for x in places]
    tubes(bars, draw.between(0.008, 0.03), made)
    tubes([line([-1.05, 0, z], [1.05, 0, z]) for z in (-0.5, 0.45)], draw.between(0.01, 0.03), made)
