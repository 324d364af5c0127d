"""Materials of skin, eyes and teeth."""

from typing import Any

import bpy
import numpy as np

from pipelines.studio.stage.colours import Colour, darker
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import bump, plain
from pipelines.studio.stage.nodes import Graph
from pipelines.studio.stage.people.makehuman import folder
from pipelines.studio.stage.people.shape import Build

LIGHT, DARK = np.array([0.76, 0.47, 0.35]), np.array([0.085, 0.04, 0.026])
IRISES: tuple[Colour, ...] = (
    (0.03, 0.013, 0.006),
    (0.07, 0.035, 0.015),
    (0.12, 0.075, 0.03),
    (0.06, 0.13, 0.2),
    (0.05, 0.1, 0.05),
    (0.12, 0.15, 0.17),
)


def any_tone(draw: Draw, build: Build) -> Colour:
    """A skin colour, likely for the build."""
    african, asian, _ = build.races
    tone = float(np.clip(0.75 * african + 0.3 * asian + draw.between(-0.12, 0.3), 0, 1))
    mixed = LIGHT ** (1 - tone) * DARK**tone
    return float(mixed[0]), float(mixed[1]), float(mixed[2])


def skin(draw: Draw, tone: Colour) -> Any:
    """Skin with blotches, pores, lips, and light that enters it."""
    graph = Graph("skin")
    place = graph.node("TexCoord").outputs["Object"]
    red = (tone[0] * 0.95, tone[1] * 0.72, tone[2] * 0.7)
    blotches = graph.node("TexNoise", Vector=place, Scale=14.0, Detail=6.0)
    shown = graph.ramp(blotches.outputs[0], (0.35, red), (0.65, tone))
    spots = graph.node("TexNoise", Vector=place, Scale=300.0, Detail=2.0)
    freckled = graph.math("GREATER_THAN", spots.outputs[0], draw.one([0.95, 0.68, 0.73]))
    shown = _mixed(graph, graph.math("MULTIPLY", freckled, 0.3), shown, darker(tone, 0.5))
    lips = (min(1.0, tone[0] * 0.85 + draw.between(0, 0.06)), tone[1] * 0.5, tone[2] * 0.52)
    shown = _mixed(graph, _lips(graph), shown, lips)
    shader = graph.node("BsdfPrincipled", Base_Color=shown, Roughness=draw.between(0.38, 0.6))
    shader.inputs["Subsurface Weight"].default_value = 0.15
    shader.inputs["Subsurface Radius"].default_value = (1.0, 0.35, 0.2)
    shader.inputs["Subsurface Scale"].default_value = 0.006
    bump(graph, shader, 900.0, 0.2, 0.0006)
    return graph.surface(shader)


def _mixed(graph: Graph, factor: Any, first: Any, second: Any) -> Any:
    mix = graph.node("Mix", {"data_type": "RGBA"})
    graph.feed(mix.inputs["Factor"], factor)
    for socket, value in zip([s for s in mix.inputs if s.type == "RGBA"], (first, second), strict=True):
        graph.feed(socket, value)
    return next(socket for socket in mix.outputs if socket.type == "RGBA")


def _lips(graph: Graph) -> Any:
    picture = bpy.data.images.load(str(folder() / "textures" / "mpfb_lips.jpg"), check_existing=True)
    picture.colorspace_settings.name = "Non-Color"
    place = graph.node("UVMap", {"uv_map": "texture"}).outputs[0]
    return graph.math("MULTIPLY", graph.node("TexImage", {"image": picture}, Vector=place).outputs["Color"], 0.8)


def eye(draw: Draw) -> Any:
    """An eyeball that looks along its -y: pupil, iris, a dark ring around it, white, wet."""
    graph = Graph("eye")
    colour = draw.one(IRISES)
    place = graph.node("TexCoord").outputs["Object"]
    normal = graph.node("VectorMath", {"operation": "NORMALIZE"})
    graph.feed(normal.inputs[0], place)
    backward = graph.node("SeparateXYZ", Vector=normal.outputs[0]).outputs[1]
    angle = graph.math("ARCCOSINE", graph.math("MULTIPLY", backward, -1.0))
    white, black = (0.75, 0.7, 0.67), (0.004, 0.004, 0.004)
    shown = graph.ramp(
        graph.math("DIVIDE", angle, 1.2),
        (0.14, black), (0.17, darker(colour, 0.7)), (0.36, colour), (0.41, darker(colour, 0.25)), (0.46, white),
    )  # fmt: skip
    shader = graph.node("BsdfPrincipled", Base_Color=shown, Roughness=0.08)
    shader.inputs["Coat Weight"].default_value = 1.0
    shader.inputs["Coat Roughness"].default_value = 0.02
    return graph.surface(shader)


def teeth() -> Any:
    """Enamel."""
    return plain((0.7, 0.62, 0.5), 0.25)
