"""Clothes cut from the body's second skin: shirts, trousers, skirts, coats, shoes."""

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from pipelines.studio.stage.colours import any_colour, darker
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import fabric, lace, painted
from pipelines.studio.stage.meshes import mesh, subdivided, thickened
from pipelines.studio.stage.nodes import Graph
from pipelines.studio.stage.people.body import Body, normals
from pipelines.studio.stage.people.cutting import cut, relaxed
from pipelines.studio.stage.people.makehuman import base_mesh, weights
from pipelines.studio.stage.vectors import Array, Field, smoothstep

TIGHTS, SKIRT = "helper-tights", "helper-skirt"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of cloth.

    Attributes:
        group: of the mesh it is cut from.
        keep: (N,) positive where it covers the body, in metres to its edge roughly.
        away: how far from the body, metres.
        slack: (N,) further away, where it hangs loose.
        drape: how often it is relaxed over hollows.
        material: its cloth.
        creased: how far creases move it, metres.
    """

    group: str
    keep: Array
    away: float
    slack: Array
    drape: int
    material: Any
    creased: float


@dataclass(frozen=True, slots=True)
class Measures:
    """A rest body measured for clothes; arrays are per vertex.

    Attributes:
        rest: (N, 3) vertices.
        arm: 0 at the shoulder, 1 at the wrist; very negative elsewhere.
        leg: 0 at the hip, 1 at the ankle.
        neck, waist, crotch, ankle: heights.
        front: 1 on the front of the body, 0 on its back.
        size: metres from shoulder to wrist.
    """

    rest: Array
    arm: Array
    leg: Array
    neck: float
    waist: float
    crotch: float
    ankle: float
    front: Array
    size: float


def measured(body: Body) -> Measures:
    """Take the measures."""
    names, table = weights()
    rest, joints = body.rest, body.pose.rest
    along = np.full(len(rest), -9.0)
    for side in ("L", "R"):
        start, end = joints[f"upperarm01.{side}"], joints[f"wrist.{side}"]
        bones = [i for i, name in enumerate(names) if name.endswith(f".{side}") and _of_arm(name)]
        follows = table[:, bones].sum(1)
        reach = (rest - start) @ (end - start) / ((end - start) @ (end - start))
        along = np.where(follows > 0.02, np.minimum(reach, 1.2) - 3 * (1 - follows) ** 2, along)
    hip, foot = joints["upperleg01.L"], joints["foot.L"]
    middle = np.median(rest[base_mesh().group("body"), 1])
    size = float(np.linalg.norm(joints["wrist.L"] - joints["upperarm01.L"]))
    return Measures(
        rest=rest,
        arm=along,
        leg=(hip[2] - rest[:, 2]) / (hip[2] - foot[2]),
        neck=float(joints["neck01"][2]),
        waist=float(joints["spine05"][2]),
        crotch=float(hip[2] - 0.1 * size),
        ankle=float(foot[2]),
        front=smoothstep(middle - rest[:, 1], -0.03, 0.05),
        size=size,
    )


def _of_arm(name: str) -> bool:
    return name.startswith(("upperarm", "lowerarm", "wrist", "finger", "metacarpal"))


def dress(draw: Draw, body: Body, seated: bool) -> dict[str, Any]:
    """Put clothes on a body; returns what they are."""
    sizes = measured(body)
    bottom = "trousers"
    if body.build.sex == "female" and not seated and draw.chance(0.4):
        bottom = draw.one(["skirt", "dress"])
    cloth = fabric(draw)
    top = draw.one(["shirt", "shirt", "loose shirt", "jumper", "coat"]) if bottom != "dress" else "dress"
    for piece in [*_bottom(draw, sizes, bottom, cloth), *_top(draw, sizes, top, cloth, body), _shoes(draw, sizes)]:
        add_piece(draw, body, piece)
    return {"top": top, "bottom": bottom}


def _top(draw: Draw, sizes: Measures, kind: str, cloth: Any, body: Body) -> list[Piece]:
    sleeve = draw.one([0.12, 0.3, 0.55, 0.93, 0.95]) if kind not in ("coat", "jumper") else 0.95
    away = {"coat": 0.022, "jumper": 0.016, "loose shirt": 0.014}.get(kind, 0.007)
    wide = {"coat": 0.02, "jumper": 0.02, "loose shirt": 0.035}.get(kind, draw.between(0, 0.012))
    low = sizes.waist if kind == "dress" else sizes.waist - draw.between(0.3, 0.9) * (sizes.waist - sizes.crotch)
    keep = np.minimum(_neckline(draw, sizes), sizes.rest[:, 2] - low)
    keep = np.minimum(keep, (sleeve - sizes.arm) * sizes.size)
    slack = wide * smoothstep(sizes.arm, 0.1, 0.9) + wide * smoothstep(-sizes.rest[:, 2], -sizes.neck + 0.15, -low)
    pieces = [Piece(TIGHTS, keep, away, slack, 12, cloth, draw.between(0.002, 0.007))]
    if kind == "coat":
        pieces.append(_skirt(draw, sizes, cloth, draw.between(0.35, 0.75), away))
    if draw.chance(0.15):
        pieces.append(_trim(draw, sizes, keep, away))
    return pieces


def _neckline(draw: Draw, sizes: Measures) -> Array:
    """Positive below the neckline: round, deep, pointed, or a collar up the neck."""
    x, z = np.abs(sizes.rest[:, 0]), sizes.rest[:, 2]
    kind = draw.one(["round", "round", "deep", "pointed", "collar"])
    scale = sizes.size / 0.5
    if kind == "collar":
        return sizes.neck + 0.045 * scale - z
    depth = {"round": 0.02, "deep": 0.07, "pointed": 0.12}[kind] * scale
    slope = 1.0 if kind == "pointed" else 0.45
    drop = depth * sizes.front * np.clip(1 - x / (0.09 * scale) * slope, 0, 1)
    return np.where(sizes.arm > -1, 0.2, sizes.neck + 0.01 * scale - drop - z + 0.2 * np.maximum(x - 0.06 * scale, 0))


def _trim(draw: Draw, sizes: Measures, keep: Array, away: float) -> Piece:
    """Lace or fringe-like edge below the hem and the sleeves."""
    return Piece(TIGHTS, keep + draw.between(0.02, 0.06), away + 0.002, np.zeros(len(keep)), 2, lace_cloth(draw), 0.002)


def lace_cloth(draw: Draw) -> Any:
    """Lace, or a veil one can see through."""
    graph = Graph("lace")
    shader = graph.node("BsdfPrincipled", Base_Color=any_colour(draw), Roughness=0.8)
    if draw.chance(0.3):
        shader.inputs["Alpha"].default_value = draw.between(0.3, 0.7)
    else:
        place = graph.node("TexCoord").outputs["Object"]
        graph.feed(shader.inputs["Alpha"], lace(draw, place, graph, draw.scale(35, 110)))
    return graph.surface(shader)


def _bottom(draw: Draw, sizes: Measures, kind: str, cloth: Any) -> list[Piece]:
    if kind != "trousers":
        made = cloth if kind == "dress" else fabric(draw)
        under = Piece(TIGHTS, sizes.leg + 0.25, 0.003, np.zeros(len(sizes.leg)), 0, fabric(draw), 0.0)
        legs = [_cut_legs(under, sizes, draw.between(0.3, 1.0))] if draw.chance(0.4) else []
        return [*legs, _skirt(draw, sizes, made, draw.between(0.25, 0.95), 0.008)]
    length = draw.one([0.3, 0.5, 0.98, 0.98, 0.98])
    wide = draw.one([0.0, 0.012, 0.03])
    keep = np.minimum(sizes.waist - sizes.rest[:, 2], (length - sizes.leg) * 0.8)
    slack = wide * smoothstep(sizes.leg, 0.1, 0.8)
    return [Piece(TIGHTS, _off_arms(keep, sizes), 0.006, slack, 6, fabric(draw), draw.between(0.001, 0.005))]


def _cut_legs(piece: Piece, sizes: Measures, length: float) -> Piece:
    keep = np.minimum(sizes.waist - sizes.rest[:, 2], (length - sizes.leg) * 0.8)
    return Piece(piece.group, _off_arms(keep, sizes), piece.away, piece.slack, 0, piece.material, 0.0)


def _skirt(draw: Draw, sizes: Measures, cloth: Any, length: float, away: float) -> Piece:
    """From the waist down, pleated more or less."""
    keep = np.minimum((length - sizes.leg) * 0.8, sizes.waist + 0.03 - sizes.rest[:, 2])
    angle = np.arctan2(sizes.rest[:, 1], sizes.rest[:, 0])
    pleats = np.sin(angle * draw.whole(6, 14) + draw.between(0, 6)) * draw.between(0, 0.03)
    flare = draw.between(-0.02, 0.06)
    return Piece(SKIRT, keep, away, (pleats + flare) * smoothstep(sizes.leg, -0.1, 0.6), 2, cloth, 0.003)


def _shoes(draw: Draw, sizes: Measures) -> Piece:
    high = draw.one([0.0, 0.02, 0.1, 0.25]) * sizes.size
    keep = _off_arms(sizes.ankle + high - sizes.rest[:, 2], sizes)
    colour = darker(any_colour(draw), 0.4)
    return Piece(TIGHTS, keep, 0.009, np.zeros(len(keep)), 5, painted(draw, colour, draw.between(0.3, 0.8)), 0.0)


def _off_arms(keep: Array, sizes: Measures) -> Array:
    """Hands may hang lower than the waist."""
    return np.where(sizes.arm > -1, -1.0, keep)


def add_piece(draw: Draw, body: Body, piece: Piece) -> None:
    """Cut, fit and crease a piece of cloth."""
    faces = base_mesh().faces[piece.group]
    around = normals(body.vertices, faces)
    field = Field(draw.rng, 25.0, 1)
    out = piece.away + piece.slack + 0.3 * piece.slack * field(body.rest)[:, 0]
    kept, (points, outwards, away) = cut(piece.keep, faces, body.vertices, around, out[:, None])
    if not kept:
        return
    hung = relaxed(points, kept, piece.drape) if piece.drape else points
    inside = np.maximum(((points - hung) * outwards).sum(1, keepdims=True), 0)
    made = mesh(hung + outwards * (away + inside), kept, piece.material)
    subdivided(made, 2)
    if piece.creased:
        _crease(draw, made, piece.creased)
    thickened(made, 0.002)


def _crease(draw: Draw, made: Any, depth: float) -> None:
    texture = bpy.data.textures.new("creases", "CLOUDS")
    texture.noise_scale = draw.between(0.03, 0.1)
    moved = made.modifiers.new("creases", "DISPLACE")
    moved.texture, moved.strength, moved.mid_level = texture, depth * 2, 0.4
