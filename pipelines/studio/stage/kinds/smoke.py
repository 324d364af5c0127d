"""A cloud of smoke, steam or dust."""

from typing import Any

import bpy

from pipelines.studio.stage.colours import Colour, hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import painted
from pipelines.studio.stage.meshes import line, primitive, tubes
from pipelines.studio.stage.nodes import Graph
from pipelines.studio.stage.subject import Subject


def build(draw: Draw) -> Subject:
    """Build the cloud, and sometimes what it rises from."""
    made = primitive("cube", _volume(draw), smooth=False, size=2.2)
    made.scale = (draw.between(0.7, 1.2), draw.between(0.7, 1), draw.between(0.7, 1.3))
    cycles = bpy.context.scene.cycles
    cycles.volume_step_rate, cycles.volume_bounces, cycles.volume_max_steps = 3, 1, 128
    source = draw.chance(0.3)
    if source:
        tubes([line([0, 0, -1.5], [0, 0, -0.5])], 0.06, painted(draw))
    return Subject({"source": source}, clear=True, may_move=False)


def _volume(draw: Draw) -> Any:
    graph = Graph("smoke")
    gray = draw.between(0.4, 1)
    colour: Colour = (gray, gray, gray) if draw.chance(0.7) else hsv(draw.between(0, 1), 0.4, 0.9)
    place = graph.node("TexCoord").outputs["Object"]
    moved = graph.node("Mapping", Vector=place, Location=tuple(draw.rng.uniform(-9, 9, 3)))
    noise = graph.node("TexNoise", Vector=moved.outputs[0], Scale=draw.between(1.2, 3), Detail=6.0)
    noise.inputs["Distortion"].default_value = draw.between(0, 1.5)
    centre = graph.node("VectorMath", {"operation": "LENGTH"})
    graph.feed(centre.inputs[0], place)
    fading = graph.math("MULTIPLY", centre.outputs["Value"], draw.between(0.35, 0.5))
    left = graph.math("SUBTRACT", graph.math("SUBTRACT", noise.outputs[0], fading), draw.between(0.12, 0.25))
    density = graph.math("MULTIPLY", graph.math("MAXIMUM", left, 0.0), draw.scale(12, 90))
    volume = graph.node("VolumePrincipled", Color=colour, Anisotropy=draw.between(0, 0.5), Density=density)
    graph.material.node_tree.links.new(volume.outputs[0], graph.output.inputs["Volume"])
    return graph.material
