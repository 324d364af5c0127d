"""Things with legs, spokes and rungs."""

import math
from typing import Any

import numpy as np

from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import fabric, metal, painted, plain
from pipelines.studio.stage.meshes import ball, box, circle, line, tubes
from pipelines.studio.stage.vectors import Array, point

RUBBER = (0.02, 0.02, 0.02)


def wood(draw: Draw) -> Any:
    """Brown, or painted."""
    if draw.chance(0.3):
        return painted(draw)
    return painted(
        draw, hsv(draw.between(0.05, 0.09), draw.between(0.3, 0.75), draw.between(0.08, 0.5)), draw.between(0.3, 0.7)
    )


def bicycle(draw: Draw) -> None:
    """Two wheels, a frame, bars, saddle and pedals."""
    bare, frame = metal(draw), painted(draw, None, 0.2)
    for x in (-0.62, 0.62):
        _wheel(draw, np.array([x, 0, -0.3]), bare)
    joint = {
        "rear": (-0.62, 0, -0.3), "front": (0.62, 0, -0.3), "crank": (-0.08, 0, -0.3), "seat": (-0.22, 0, 0.28),
        "head": (0.45, 0, 0.3), "bars": (0.42, 0, 0.42),
    }  # fmt: skip
    pairs = (
        ("rear", "crank"),
        ("rear", "seat"),
        ("crank", "seat"),
        ("crank", "head"),
        ("seat", "head"),
        ("front", "bars"),
    )
    tubes([line(joint[a], joint[b]) for a, b in pairs], 0.022, frame)
    tubes([line(joint["bars"], (0.4, 0, 0.5))], 0.02, bare)
    tubes(
        [line([0.36, -0.28, 0.44], [0.42, -0.2, 0.5], [0.4, 0, 0.5], [0.42, 0.2, 0.5], [0.36, 0.28, 0.44])], 0.016, bare
    )
    ball(plain(RUBBER, 0.5), (-0.25, 0, 0.36), 0.13, (1.1, 0.6, 0.3))
    tubes([line(joint["seat"], (-0.24, 0, 0.35))], 0.014, bare)
    tubes([circle(0.1) + point(-0.08, -0.04, -0.3)], 0.008, bare, closed=True)
    angle = draw.between(0, 6)
    arm = np.array([math.cos(angle), 0, math.sin(angle)]) * 0.16
    middle = np.array(joint["crank"])
    tubes([np.stack([middle - arm + [0, 0.07, 0], middle + arm - [0, 0.07, 0]])], 0.011, bare)
    for sign in (-1, 1):
        box(plain(RUBBER, 0.6), middle + arm * sign - [0, 0.12 * sign, 0], (0.09, 0.09, 0.02), 0.005)


def _wheel(draw: Draw, centre: Array, bare: Any) -> None:
    tubes([circle(0.5) + centre], draw.between(0.018, 0.035), plain(RUBBER, 0.8), closed=True)
    tubes([circle(0.46) + centre], 0.012, bare, closed=True)
    spokes = [
        np.array(
            [[0.03 * math.cos(a + 1.4), 0.03, 0.03 * math.sin(a + 1.4)], [0.46 * math.cos(a), 0, 0.46 * math.sin(a)]]
        )
        for a in np.linspace(0, 2 * math.pi, draw.whole(20, 36), endpoint=False)
    ]
    tubes([spoke + centre for spoke in spokes], 0.0022, bare)
    tubes([line([0, -0.06, 0], [0, 0.06, 0]) + centre], 0.025, bare)


def chair(draw: Draw) -> None:
    """Four legs, a seat, a back of rungs."""
    made, radius, half = wood(draw), draw.between(0.015, 0.035), draw.between(0.34, 0.46)
    for x in (-half, half):
        for y in (-0.4, 0.4):
            tubes([line([x * 1.1, y * 1.1, -1], [x, y, 0])], radius, made)
        tubes([line([x, 0.4, 0], [x * 0.95, 0.55, 0.5], [x * 0.9, 0.62, 1])], radius, made)
        tubes([line([x * 1.05, -0.42, -0.5], [x * 1.05, 0.42, -0.5])], radius * 0.7, made)
    across, sag = np.linspace(-half * 0.92, half * 0.92, 9), 0.05 * np.sin(np.linspace(0, math.pi, 9))
    heights = np.linspace(0.35, 0.98, draw.whole(2, 6))
    tubes([np.stack([across, 0.62 + sag, np.full(9, z)], 1) for z in heights], radius * 0.9, made)
    box(fabric(draw) if draw.chance(0.5) else made, (0, 0, 0.03), (half * 2.2, 0.9, 0.08), 0.03)


def table(draw: Draw) -> None:
    """A top, legs, and things on it."""
    made, wide, deep = wood(draw), draw.between(0.5, 0.9), draw.between(0.3, 0.6)
    box(made, (0, 0, 0), (wide * 2, deep * 2, draw.between(0.03, 0.08)), 0.015)
    radius = draw.between(0.02, 0.05)
    for x in (-wide, wide):
        for y in (-deep, deep):
            tubes([line([x * 0.92, y * 0.9, -0.9], [x * 0.92, y * 0.9, 0])], radius, made)
    for _ in range(draw.whole(0, 4)):
        place = (draw.between(-0.8, 0.8) * wide, draw.between(-0.8, 0.8) * deep)
        high = draw.between(0.1, 0.4)
        box(painted(draw), (*place, high / 2 + 0.03), (draw.between(0.08, 0.25), draw.between(0.05, 0.2), high), 0.01)


def shelf(draw: Draw) -> None:
    """Uprights and boards one can see through, some with books."""
    made, wide, boards = wood(draw), draw.between(0.35, 0.7), draw.whole(3, 5)
    for x in (-wide, wide):
        box(made, (x, 0, 0), (0.035, 0.35, 1.9), 0.006)
    for z in np.linspace(-0.9, 0.9, boards):
        box(made, (0, 0, float(z)), (wide * 2, 0.35, 0.035), 0.006)
    gap = 1.8 / (boards - 1)
    for z in np.linspace(-0.9, 0.9, boards)[:-1]:
        x = -wide + 0.05
        while x < wide * draw.between(-0.8, 0.9):
            thick, high = draw.between(0.025, 0.07), gap * draw.between(0.5, 0.85)
            box(
                painted(draw),
                (x + thick / 2, draw.between(-0.05, 0.02), float(z) + 0.02 + high / 2),
                (thick, 0.22, high),
                0.004,
            )
            x += thick + 0.004


def ladder(draw: Draw) -> None:
    """Two rails and rungs."""
    made, half = wood(draw) if draw.chance(0.5) else metal(draw), draw.between(0.18, 0.3)
    for x in (-half, half):
        tubes([line([x, 0, -1], [x * 0.85, 0, 1])], draw.between(0.018, 0.03), made)
    tubes([line([-half, 0, z], [half, 0, z]) for z in np.linspace(-0.85, 0.85, draw.whole(6, 12))], 0.014, made)


def lamp(draw: Draw) -> None:
    """A foot, a stem, a shade."""
    made = metal(draw)
    ball(made, (0, 0, -0.95), draw.between(0.2, 0.3), (1, 1, 0.15))
    tubes([line([0, 0, -0.95], [0, 0, 0.6])], draw.between(0.012, 0.03), made)
    from pipelines.studio.stage.materials import leaf
    from pipelines.studio.stage.meshes import lathe, thickened

    low, high = draw.between(0.25, 0.45), draw.between(0.12, 0.3)
    thickened(lathe([(low, 0.35), (high, 0.85)], leaf(draw, hsv(draw.between(0, 1), draw.between(0, 0.5), 0.7))), 0.01)
