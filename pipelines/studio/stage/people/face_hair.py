"""Brows, lashes, beards."""

import numpy as np

from pipelines.studio.stage.colours import darker, varied
from pipelines.studio.stage.curves import Growth, clumped, grown, strand_object, taper
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.people.hair import Hair
from pipelines.studio.stage.people.makehuman import base_mesh
from pipelines.studio.stage.people.scalp import Head, Roots, skin_roots
from pipelines.studio.stage.vectors import Array, Field

BEARDS = ("none", "none", "stubble", "moustache", "short", "full", "goatee", "long")


def add_brows(draw: Draw, head: Head, hair: Hair) -> None:
    """Two arcs of short hair over the eyes."""
    roots = skin_roots(draw, head, 150000, -0.2)
    thick = draw.between(0.022, 0.042)
    for side in (-1, 1):
        eye = head.local(head.body.rest[base_mesh().group("helper-l-eye" if side > 0 else "helper-r-eye")].mean(0))
        out = (roots.local[:, 0] - eye[0]) * side
        arc = eye[2] + 0.15 + 0.05 * np.cos((out - 0.03) * 7) - 0.1 * np.maximum(out, 0)
        slim = thick * np.clip(1.15 - np.maximum(out, 0) * 4, 0.25, 1)
        inside = (np.abs(roots.local[:, 2] - arc) < slim) & (out > -0.15) & (out < 0.2) & (roots.local[:, 1] < 0)
        found = np.flatnonzero(inside)[:420]
        if len(found):
            comb = head.direction(np.tile([side * 1.0, 0.1, 0.25], (len(found), 1)))
            _short(draw, head, hair, roots.only(found), 0.1, Growth(comb, 0.85, frizz=0.15))
    _add_lashes(draw, head, hair)


def _short(draw: Draw, head: Head, hair: Hair, roots: Roots, length: float, growth: Growth) -> Array:
    count = len(roots.points)
    lengths = length * head.size * draw.rng.uniform(0.6, 1.2, count)
    strands = grown(draw.rng, roots.points, roots.normals, lengths, 6, growth)
    colours = varied(draw, darker(hair.colour, 0.8), count)
    strand_object(strands, taper(hair.radius * 0.9, 6, 0.3), colours, hair.material)
    return strands


def _add_lashes(draw: Draw, head: Head, hair: Hair) -> None:
    """Strands across the lash strips of the mesh, from the lid outwards."""
    body = head.body
    for side in ("l", "r"):
        centre = body.vertices[base_mesh().group(f"helper-{side}-eye")].mean(0)
        for strip in ("1", "2"):
            faces = [f for f in base_mesh().faces[f"helper-{side}-eyelashes-{strip}"] if len(f) == 4]
            corners = body.vertices[np.array(faces)]
            away = np.linalg.norm(corners - centre, axis=2)
            order = np.argsort(away, axis=1)
            near = np.take_along_axis(corners, order[:, :2, None], 1)
            far = np.take_along_axis(corners, order[:, 2:, None], 1)
            share = draw.rng.random((len(faces), 3, 1))
            start = near[:, :1] * share + near[:, 1:] * (1 - share)
            end = far[:, :1] * share + far[:, 1:] * (1 - share)
            lashes = np.stack([start, start * 0.5 + end * 0.5, end], 2).reshape(-1, 3, 3)
            strand_object(
                lashes,
                taper(head.size * 0.003, 3, 0.2),
                varied(draw, (0.006, 0.005, 0.005), len(lashes)),
                hair.material,
            )


def add_beard(draw: Draw, head: Head, hair: Hair) -> str:
    """A beard of some kind on a man's face; returns which."""
    kind = draw.one(BEARDS)
    if kind == "none":
        return kind
    roots = skin_roots(draw, head, 60000, -1.6)
    roots = roots.only(_beard_area(draw, head, roots.local, kind))
    length = {"stubble": 0.025, "moustache": 0.13, "short": 0.12, "goatee": 0.25, "full": 0.35, "long": 0.9}[kind]
    comb = head.direction(roots.local * np.array([0.6, 0, 0]) + np.array([0, -0.2, -1.0]))
    growth = Growth(comb, 0.6, gravity=0.5 if length > 0.2 else 0.0, wave=0.6, frequency=4 / head.size, frizz=0.15)
    if len(roots.points) < 20:
        return "none"
    lengths = length * head.size * draw.rng.uniform(0.5, 1.2, len(roots.points))
    strands = grown(draw.rng, roots.points, roots.normals, lengths, 8, growth)
    strands = clumped(draw.rng, strands, len(strands) // 25, draw.between(0.1, 0.6))
    strand_object(strands, taper(hair.radius, 8, 0.4), varied(draw, hair.colour, len(strands)), hair.material)
    return kind


def _beard_area(draw: Draw, head: Head, local: Array, kind: str) -> Array:
    """(N,) whether a beard grows there: below cheeks and nose, not on the lips."""
    rest = head.body.pose.rest
    mouth = head.local((rest["oris01"] + rest["oris05"]) / 2)
    x, above = np.abs(local[:, 0]), local[:, 2] - mouth[2]
    azimuth = np.degrees(np.abs(np.arctan2(local[:, 0], -local[:, 1])))
    line = np.interp(azimuth, [0, 12, 30, 50, 66, 80], [0.17, 0.15, 0.02, 0.05, 0.45, 0.8])
    soft = line + 0.04 * Field(draw.rng, 8.0, 1)(local)[:, 0] + 0.04 * draw.rng.normal(size=len(local))
    lips = (x < 0.24) & (np.abs(above) < 0.085)
    area = (above < soft) & ~lips & (local[:, 1] < 0.15) & (azimuth < 82) & (above > -0.75)
    if kind == "moustache":
        area &= (above > 0.03) & (x < 0.33) & (azimuth < 35)
    if kind == "goatee":
        area &= x < 0.3
    return np.asarray(area)
