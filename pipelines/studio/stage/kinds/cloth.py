"""Hanging fabric: plain with folds, lace, a veil, or with a fringe."""

from typing import Any

import numpy as np

from pipelines.studio.stage.colours import any_colour, varied
from pipelines.studio.stage.curves import Growth, clumped, grown, strand_object
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import fabric, lace, strands
from pipelines.studio.stage.meshes import mesh, subdivided, thickened
from pipelines.studio.stage.nodes import Graph
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, Field

GRID = 120
FLAT = "flat"
"""Attribute of the sheet: where its points were before it was hung."""


def build(draw: Draw) -> Subject:
    """Build the sheet."""
    kind = draw.one(["plain", "plain", "lace", "lace", "veil", "fringe"])
    colour = any_colour(draw)
    flat, hung = _sheet(draw)
    material = _open(draw, colour, kind == "veil") if kind in ("lace", "veil") else fabric(draw, colour)
    steps = range(GRID - 1)
    faces = [(i * GRID + j, i * GRID + j + 1, (i + 1) * GRID + j + 1, (i + 1) * GRID + j) for i in steps for j in steps]
    made = mesh(hung, faces, material)
    before = made.data.attributes.new(FLAT, "FLOAT_VECTOR", "POINT")
    before.data.foreach_set("vector", flat.astype(np.float32).ravel())
    if kind in ("plain", "fringe"):
        thickened(subdivided(made, 1), 0.008)
    if kind == "fringe":
        _fringe(draw, hung, colour)
    return Subject({"cloth": kind}, around=0.9)


def _sheet(draw: Draw) -> tuple[Array, Array]:
    """(GRID * GRID, 3) points of a flat sheet, and of the same hanging in folds."""
    u, v = np.meshgrid(np.linspace(-1, 1, GRID), np.linspace(-1, 1, GRID))
    flat = np.stack([u.ravel(), np.zeros(GRID * GRID), v.ravel()], 1)
    moved = Field(draw.rng, draw.between(2, 5))(flat)
    gather = draw.between(0.3, 1.0)
    width = 1 - (1 - gather) * np.abs((flat[:, 2] + 1) / 2) ** draw.between(0.5, 2)
    folds = np.sin(flat[:, 0] * draw.between(5, 16) + moved[:, 1]) * draw.between(0.05, 0.16)
    across = flat[:, 0] * width + moved[:, 0] * 0.04
    return flat, np.stack(
        [across, folds * (1.3 - flat[:, 2]) / 2 + moved[:, 1] * 0.05, flat[:, 2] + moved[:, 2] * 0.05], 1
    )


def _open(draw: Draw, colour: tuple[float, float, float], veil: bool) -> Any:
    graph = Graph("open cloth")
    shader = graph.node("BsdfPrincipled", Base_Color=colour, Roughness=0.85)
    if veil:
        shader.inputs["Alpha"].default_value = draw.between(0.2, 0.75)
        return graph.surface(shader)
    flat = graph.node("Attribute", {"attribute_name": FLAT}).outputs["Vector"]
    graph.feed(shader.inputs["Alpha"], lace(draw, flat, graph, draw.scale(6, 22)))
    return graph.surface(shader)


def _fringe(draw: Draw, hung: Array, colour: tuple[float, float, float]) -> None:
    count = 4000
    x = draw.rng.uniform(0, GRID - 1.001, count)
    left, share = x.astype(int), (x % 1)[:, None]
    roots = hung[left] * (1 - share) + hung[left + 1] * share
    down = np.tile([0.0, 0.0, -1.0], (count, 1))
    threads = grown(
        draw.rng, roots, down, draw.rng.uniform(0.25, 0.45, count), 8, Growth(None, gravity=0.3, wave=0.3, frequency=6)
    )
    threads = clumped(draw.rng, threads, 60, 0.8)
    strand_object(threads, np.full((count, 8), 0.004), varied(draw, colour, count, 0.3), strands(0.6))
