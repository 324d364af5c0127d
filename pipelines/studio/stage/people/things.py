"""What people wear on their heads, carry and hold: thin and open things more often than not."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from pipelines.studio.stage.colours import any_colour, darker
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import fabric, leaf, metal, painted, plain
from pipelines.studio.stage.meshes import ball, box, circle, lathe, line, mesh, subdivided, thickened, tubes
from pipelines.studio.stage.people.body import Body, bpy_matrix
from pipelines.studio.stage.people.makehuman import base_mesh
from pipelines.studio.stage.people.scalp import Head
from pipelines.studio.stage.vectors import Array, point, turn_between, unit


def add_hat(draw: Draw, head: Head) -> tuple[str, float]:
    """A cap, a brimmed hat or a beanie; returns its name and the local height below which hair shows."""
    kind = draw.one(["beanie", "brim", "straw", "cap"])
    skull = _skull(head)
    rim = {"beanie": 0.42, "cap": 0.5}.get(kind, 0.52)
    wide, deep = skull
    material = painted(draw, (0.45, 0.33, 0.17), 0.8) if kind == "straw" else fabric(draw)
    top = 1.12 if kind in ("beanie", "cap") else draw.between(1.2, 1.5)
    profile = [(1.06, rim), (1.08, rim + 0.12), (0.99, 0.5 * (rim + top)), (0.6, top - 0.06), (0.0, top)]
    if kind in ("brim", "straw"):
        brim = draw.between(1.4, 2.0)
        profile = [
            (brim, rim - draw.between(-0.1, 0.15)),
            (1.08, rim),
            (1.03, rim + 0.2),
            (0.95, top - 0.15),
            (0.7, top),
            (0.0, top - 0.1),
        ]
    crown = lathe(profile, material)
    crown.scale = (wide * head.size, deep * head.size, head.size)
    subdivided(thickened(crown, 0.03), 1)
    tilt = draw.between(-0.12, 0.12)
    _set_on(head, crown, tilt)
    if kind == "cap":
        _visor(draw, head, wide, deep, rim, material, tilt)
    if kind == "beanie" and draw.chance(0.5):
        _bobble(draw, head, top)
    return kind, rim + 0.02


def _skull(head: Head) -> tuple[float, float]:
    """Half width and half depth of the skull at hat height, in head units."""
    local = head.local(head.body.rest[base_mesh().group("body")])
    band = local[(local[:, 2] > 0.35) & (local[:, 2] < 0.6)]
    return float(np.abs(band[:, 0]).max()), float(np.ptp(band[:, 1])) / 2


def _set_on(head: Head, made: Any, tilt: float) -> None:
    from mathutils import Matrix

    placed = bpy_matrix(head.world(np.zeros(3)), head.turned) @ Matrix.Rotation(tilt, 4, "X")
    made.matrix_world = placed @ Matrix.Diagonal((*made.scale, 1))


def _visor(draw: Draw, head: Head, wide: float, deep: float, rim: float, material: Any, tilt: float) -> None:
    angle, reach = np.linspace(-1.15, 1.15, 17), np.linspace(0, 1, 6)
    length = draw.between(0.5, 0.8)
    across, out = np.meshgrid(angle, reach, indexing="ij")
    away = 1.05 + out * length * np.cos(across * 1.2) / deep
    points = np.stack(
        [np.sin(across) * wide * 1.05, -np.cos(across) * deep * away, rim + 0.03 - 0.18 * out**2 - 0.08 * across**2], 2
    )
    faces = [(i * 6 + j, i * 6 + j + 1, (i + 1) * 6 + j + 1, (i + 1) * 6 + j) for i in range(16) for j in range(5)]
    made = thickened(mesh(points.reshape(-1, 3), faces, material), 0.04)
    made.scale = (head.size,) * 3
    _set_on(head, made, tilt)


def _bobble(draw: Draw, head: Head, top: float) -> None:
    from pipelines.studio.stage.colours import varied
    from pipelines.studio.stage.curves import strand_object, taper
    from pipelines.studio.stage.materials import strands

    centre = head.world(np.array([0, 0, top + 0.12]))
    out = unit(draw.rng.normal(size=(2500, 3)))
    reach = np.linspace(0, 1, 4)[None, :, None] * head.size * 0.24 * draw.rng.uniform(0.8, 1.1, (2500, 1, 1))
    wool = centre + out[:, None] * reach
    strand_object(wool, taper(0.0007, 4, 0.8), varied(draw, any_colour(draw), 2500), strands(0.5))


def add_glasses(draw: Draw, head: Head) -> None:
    """A thin frame, sometimes with dark lenses."""
    rest = head.body.rest
    eyes = [head.local(rest[base_mesh().group(f"helper-{side}-eye")].mean(0)) for side in ("l", "r")]
    material = metal(draw) if draw.chance(0.5) else plain(darker(any_colour(draw), 0.4), 0.25)
    radius = draw.between(0.2, 0.27)
    front = min(eye[1] for eye in eyes) - 0.24
    dark = draw.chance(0.35)
    lines = []
    for eye in eyes:
        side = math.copysign(1.0, eye[0])
        centre = np.array([eye[0] * 1.06, front, eye[2] - 0.02])
        rim = circle(radius, 48) * [1.12, 1, draw.between(0.75, 0.95)] + centre
        lines.append(np.concatenate([rim, rim[:1]]))
        corner, ear = centre + point(side * radius * 1.1, 0.02, 0.05), np.array([side * 0.72, 0.12, eye[2] + 0.05])
        lines.append(line(corner, [side * 0.7, front + 0.15, eye[2] + 0.06], ear, ear + point(0, 0.12, -0.18)))
        if dark:
            fan = [(i, (i + 1) % 48, 48) for i in range(48)]
            mesh(head.world(np.concatenate([rim, [centre]])), fan, plain((0.01, 0.01, 0.012), 0.05))
    bridge = [
        np.array([x, front, eyes[0][2] + 0.02])
        for x in (-abs(eyes[0][0]) * 1.06 + radius, abs(eyes[0][0]) * 1.06 - radius)
    ]
    lines.append(line(*bridge))
    tubes([head.world(points) for points in lines], head.size * draw.between(0.012, 0.03), material)


REACH = {
    "umbrella": (0.65, 0.55),
    "balloons": (1.1, 0.35),
    "racket": (0.6, 0.15),
    "flag": (0.85, 0.5),
    "stick": (0.8, 0.1),
}
"""How high and wide held things are."""

Maker = Callable[[Draw, Array, Array, float], None]


def add_held(draw: Draw, body: Body) -> tuple[str, Array]:
    """Something in the left hand; returns its name and points on it."""
    pose = body.pose
    palm = (pose.places["finger2-1.L"] + pose.places["finger5-1.L"]) / 2
    palm = palm * 0.75 + pose.places["wrist.L"] * 0.25
    forearm = unit(pose.places["wrist.L"] - pose.places["lowerarm01.L"])
    upright = unit(np.array([0.25, 0, 1.0]) + draw.rng.normal(size=3) * 0.25 - forearm * 0.2)
    kinds: dict[str, Maker] = {
        "umbrella": _umbrella, "racket": _racket, "balloons": _balloons, "flowers": _flowers, "stick": _stick,
        "bottle": _bottle, "book": _book, "flag": _flag,
    }  # fmt: skip
    kind = draw.one(list(kinds))
    size = float(np.linalg.norm(pose.rest["wrist.L"] - pose.rest["upperarm01.L"])) / 0.5
    kinds[kind](draw, palm, upright, size)
    return kind, palm + _reach(kind, upright) * size


def _reach(kind: str, upright: Array) -> Array:
    """(N, 3) points around a held thing, from the palm, for the frame."""
    high, wide = REACH.get(kind, (0.3, 0.1))
    angle = np.linspace(0, 2 * math.pi, 16)
    ring = np.stack([np.cos(angle), np.sin(angle), np.zeros(16)], 1) * wide
    return np.concatenate([ring, ring * 0.3 + [0, 0, 0.12]]) + upright * high


def _along(palm: Array, upright: Array, points: Array) -> Array:
    """Points of a thing that stands on z, put into the hand."""
    result: Array = points @ turn_between([0, 0, 1], upright).T + palm
    return result


def _umbrella(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    high, wide, ribs = 0.62 * size, draw.between(0.4, 0.55) * size, 8
    tubes([_along(palm, upright, line([0, 0, -0.1], [0, 0, high + 0.06]))], 0.007 * size, metal(draw))
    angle = np.linspace(0, 2 * math.pi, ribs, endpoint=False)
    t = np.linspace(0, 1, 8)
    rib = [np.stack([wide * t * np.cos(a), wide * t * np.sin(a), high - 0.22 * size * t**2], 1) for a in angle]
    tubes([_along(palm, upright, r) for r in rib], 0.002 * size, metal(draw))
    points = np.concatenate([_along(palm, upright, r + point(0, 0, 0.004)) for r in rib])
    faces = [
        (i * 8 + j, i * 8 + j + 1, (i + 1) % ribs * 8 + j + 1, (i + 1) % ribs * 8 + j)
        for i in range(ribs)
        for j in range(7)
    ]
    mesh(points, faces, leaf(draw, any_colour(draw)), smooth=False)


def _racket(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    hoop = circle(0.13 * size) * [1, 1, 1.25] + [0, 0, 0.45 * size]
    paint = painted(draw, None, 0.3)
    tubes([_along(palm, upright, hoop)], 0.009 * size, paint, closed=True)
    tubes([_along(palm, upright, line([0, 0, -0.08 * size], [0, 0, 0.29 * size]))], 0.014 * size, paint)
    strings = []
    for x in np.linspace(-0.11, 0.11, 13):
        reach = math.sqrt(max(0.13**2 - x**2, 0))
        strings.append(line([x, 0, 0.45 - 1.25 * reach], [x, 0, 0.45 + 1.25 * reach]))
        strings.append(line([-reach, 0, 0.45 + 1.25 * x], [reach, 0, 0.45 + 1.25 * x]))
    tubes([_along(palm, upright, s * size) for s in strings], 0.0012 * size, plain((0.6, 0.6, 0.55), 0.4))


def _balloons(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    strings = []
    for _ in range(draw.whole(1, 5)):
        top = palm + (upright + draw.rng.normal(size=3) * 0.18) * draw.between(0.6, 1.05) * size
        bow = np.sin(np.linspace(0, math.pi, 12))[:, None] * draw.rng.normal(size=3) * 0.04
        strings.append(palm + np.linspace(0, 1, 12)[:, None] * (top - palm) + bow)
        rubber = plain(any_colour(draw), 0.15, Transmission_Weight=0.0, Subsurface_Weight=0.2)
        ball(rubber, top + point(0, 0, 0.14 * size), 0.12 * size, (1, 1, 1.2))
    tubes(strings, 0.0014 * size, plain((0.7, 0.7, 0.7), 0.6))


def _flowers(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    green, petals = leaf(draw), leaf(draw, any_colour(draw))
    stems: list[Array] = []
    points: list[Array] = []
    faces: list[tuple[int, ...]] = []
    for _ in range(draw.whole(4, 12)):
        way = unit(upright + draw.rng.normal(size=3) * 0.22)
        top = palm + way * draw.between(0.18, 0.34) * size
        stems.append(line(palm - way * 0.08 * size, top))
        for angle in np.linspace(0, 2 * math.pi, draw.whole(5, 11), endpoint=False):
            out = np.array([math.cos(angle), math.sin(angle), 0.4]) * 0.035 * size
            side = np.array([-math.sin(angle), math.cos(angle), 0]) * 0.012 * size
            faces.append(tuple(range(len(points), len(points) + 4)))
            points += [top, top + out * 0.6 + side, top + out, top + out * 0.6 - side]
    tubes(stems, 0.0025 * size, green)
    subdivided(mesh(np.array(points), faces, petals), 1)


def _stick(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    reach = np.array([[0, 0, -draw.between(0.2, 0.9)], [0, 0, draw.between(0.3, 0.8)]]) * size
    tubes([_along(palm, upright, reach)], draw.between(0.004, 0.014) * size, painted(draw))


def _bottle(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    profile = [(0.0, -0.1), (0.032, -0.1), (0.034, 0.05), (0.014, 0.11), (0.014, 0.14), (0.0, 0.14)]
    made = lathe([(r * size, z * size) for r, z in profile], painted(draw, None, 0.2))
    made.matrix_world = bpy_matrix(palm, turn_between([0, 0, 1], upright))


def _book(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    made = box(painted(draw), (0, 0, 0), (0.15 * size, 0.03 * size, 0.21 * size), 0.004)
    made.matrix_world = bpy_matrix(palm + upright * 0.05 * size, turn_between([0, 0, 1], upright))


def _flag(draw: Draw, palm: Array, upright: Array, size: float) -> None:
    tubes([_along(palm, upright, line([0, 0, -0.15], [0, 0, 0.95]) * size)], 0.006 * size, painted(draw))
    u, v = np.meshgrid(np.linspace(0, 1, 30), np.linspace(0, 1, 20), indexing="ij")
    wave = 0.04 * np.sin(u * draw.between(5, 10) + v * 2) * u
    points = np.stack([u * 0.45, wave, 0.93 - v * 0.28 - 0.06 * u**2], 2).reshape(-1, 3) * size
    faces = [(i * 20 + j, i * 20 + j + 1, (i + 1) * 20 + j + 1, (i + 1) * 20 + j) for i in range(29) for j in range(19)]
    mesh(_along(palm, upright, points), faces, leaf(draw, any_colour(draw)))


def add_bag(draw: Draw, body: Body) -> str:
    """A bag at the hip with its strap over the shoulder, or one on the back."""
    kind = draw.one(["shoulder bag", "backpack"])
    pose = body.pose
    size = float(np.linalg.norm(pose.rest["wrist.L"] - pose.rest["upperarm01.L"])) / 0.5
    cloth = painted(draw, None, 0.7)
    spine, hip = pose.places["spine02"], pose.places["upperleg01.R"]
    if kind == "backpack":
        back = spine + pose.turns["spine02"] @ np.array([0, 0.24, 0.02]) * size
        made = box(cloth, (0, 0, 0), (0.3 * size, 0.16 * size, 0.42 * size), 0.05 * size)
        made.matrix_world = bpy_matrix(back, pose.turns["spine02"])
        tubes([_strap(body, side, size) for side in ("L", "R")], 0.013 * size, cloth)
        return kind
    place = hip + np.array([-0.14, 0.0, -0.02]) * size
    made = box(cloth, place, (0.09 * size, 0.28 * size, 0.22 * size), 0.03 * size)
    shoulder = pose.places["upperarm01.L"] * 0.4 + pose.places["neck01"] * 0.6 + np.array([0, 0, 0.05 * size])
    chest = (shoulder + place) / 2
    tubes(
        [line(place, chest + point(0, -0.19 * size, 0), shoulder, chest + point(0, 0.19 * size, 0), place)],
        0.008 * size,
        cloth,
    )
    return kind


def _strap(body: Body, side: str, size: float) -> Array:
    """A loop over a shoulder, smooth enough."""
    pose = body.pose
    turned, top = pose.turns["spine01"], pose.places[f"shoulder01.{side}"]
    angle = np.linspace(-0.3, math.pi * 1.2, 24)
    ring = np.stack([np.zeros(24), -np.cos(angle) * 0.13, np.sin(angle) * 0.1 - 0.05], 1) * size
    result: Array = ring @ turned.T + top
    return result
