"""Materials of things: plain, patterned, metal, leaves, strands, fabric with holes."""

from typing import Any

from pipelines.studio.stage.colours import Colour, any_colour, darker, hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.nodes import Graph

STRAND_COLOUR = "strand_colour"
"""Attribute of curves: the colour of each strand."""


def plain(colour: Colour, roughness: float = 0.5, **inputs: Any) -> Any:
    """One colour; ``inputs`` are those of Cycles' principled shader, _ for space."""
    graph = Graph("plain")
    return graph.surface(graph.node("BsdfPrincipled", Base_Color=colour, Roughness=roughness, **inputs))


def metal(draw: Draw) -> Any:
    """Bare metal, bright or dull."""
    colour = hsv(draw.between(0.02, 0.7), draw.between(0, 0.3), draw.between(0.3, 0.8))
    return plain(colour, draw.between(0.1, 0.5), Metallic=1.0)


def painted(draw: Draw, colour: Colour | None = None, roughness: float | None = None) -> Any:
    """Something made: a colour, sometimes a pattern, a grain that catches the light, sometimes metal or lacquer."""
    graph = Graph("painted")
    colour = any_colour(draw) if colour is None else colour
    roughness = draw.between(0.15, 0.9) if roughness is None else roughness
    shown: Any = pattern(draw, graph, colour) if draw.chance(0.45) else colour
    shader = graph.node("BsdfPrincipled", Base_Color=shown, Roughness=roughness)
    shader.inputs["Metallic"].default_value = float(draw.chance(0.12))
    shader.inputs["Coat Weight"].default_value = float(draw.chance(0.25))
    bump(graph, shader, draw.scale(10, 120), draw.between(0, 0.35), 0.01)
    return graph.surface(shader)


def pattern(draw: Draw, graph: Graph, colour: Colour) -> Any:
    """Stripes, checks, blotches or cells of two colours; returns the socket."""
    place = graph.node("TexCoord").outputs["Object"]
    kind = draw.one(["Noise", "Voronoi", "Wave", "Checker", "Wave", "Noise"])
    other = any_colour(draw) if draw.chance(0.5) else darker(colour, draw.between(0.3, 1.6))
    if kind == "Checker":
        made = graph.node("TexChecker", Vector=place, Scale=draw.scale(4, 40), Color1=colour, Color2=other)
        return made.outputs["Color"]
    made = graph.node(f"Tex{kind}", Vector=place, Scale=draw.scale(2, 25))
    hard = draw.between(0.02, 0.3)
    middle = draw.between(0.4, 0.6)
    return graph.ramp(made.outputs[0], (middle - hard, colour), (middle + hard, other))


def bump(graph: Graph, shader: Any, scale: float, strength: float, distance: float) -> None:
    """Let noise disturb the surface's normals."""
    place = graph.node("TexCoord").outputs["Object"]
    noise = graph.node("TexNoise", Vector=place, Scale=scale, Detail=4.0)
    made = graph.node("Bump", Strength=strength, Distance=distance, Height=noise.outputs[0])
    graph.feed(shader.inputs["Normal"], made.outputs[0])


def strands(roughness: float) -> Any:
    """Hair, fur, needles, barbs: coloured strand by strand by the attribute ``STRAND_COLOUR``."""
    graph = Graph("strands")
    colour = graph.node("Attribute", {"attribute_name": STRAND_COLOUR}).outputs["Color"]
    shader = graph.node("BsdfHairPrincipled", {"parametrization": "COLOR"}, Color=colour, Roughness=roughness)
    shader.inputs["Radial Roughness"].default_value = min(1.0, roughness * 1.3)
    shader.inputs["Random Roughness"].default_value = 0.2
    return graph.surface(shader)


def leaf(draw: Draw, colour: Colour | None = None) -> Any:
    """Something thin that light shines through: leaves, petals, paper."""
    graph = Graph("leaf")
    colour = (
        hsv(draw.between(0.17, 0.38), draw.between(0.4, 0.9), draw.between(0.08, 0.5)) if colour is None else colour
    )
    place = graph.node("TexCoord").outputs["Object"]
    noise = graph.node("TexNoise", Vector=place, Scale=draw.between(1, 8))
    other = hsv(draw.between(0.08, 0.3), draw.between(0.4, 0.9), draw.between(0.2, 0.7))
    other = other if draw.chance(0.5) else darker(colour, draw.between(0.5, 1.6))
    shown = graph.ramp(noise.outputs[0], (0.35, colour), (0.75, other))
    front = graph.node("BsdfPrincipled", Base_Color=shown, Roughness=draw.between(0.3, 0.7))
    behind = graph.node("BsdfTranslucent", Color=shown)
    mixed = graph.node("MixShader", Fac=draw.between(0.2, 0.5))
    graph.feed(mixed.inputs[1], front.outputs[0])
    graph.feed(mixed.inputs[2], behind.outputs[0])
    return graph.surface(mixed)


def fabric(draw: Draw, colour: Colour | None = None) -> Any:
    """Woven or knitted cloth: matt, with a sheen, creases and a weave in its normals."""
    graph = Graph("fabric")
    colour = any_colour(draw) if colour is None else colour
    shown: Any = pattern(draw, graph, colour) if draw.chance(0.35) else colour
    shader = graph.node("BsdfPrincipled", Base_Color=shown, Roughness=draw.between(0.6, 0.95))
    shader.inputs["Sheen Weight"].default_value = draw.between(0, 0.4)
    creases(draw, graph, shader)
    return graph.surface(shader)


def creases(draw: Draw, graph: Graph, shader: Any) -> None:
    """Long soft folds and a fine weave."""
    place = graph.node("TexCoord").outputs["Object"]
    along = graph.node("Mapping", Vector=place, Scale=(1.0, 1.0, draw.between(0.3, 1.2)))
    folds = graph.node("TexNoise", Vector=along.outputs[0], Scale=draw.between(5, 14), Detail=1.5, Distortion=1.2)
    soft = graph.node("Bump", Strength=draw.between(0.3, 0.9), Distance=0.03, Height=folds.outputs[0])
    weave = graph.node("TexNoise", Vector=place, Scale=draw.scale(150, 500), Detail=1.0)
    fine = graph.node("Bump", Strength=draw.between(0.1, 0.4), Distance=0.002, Height=weave.outputs[0])
    graph.feed(fine.inputs["Normal"], soft.outputs[0])
    graph.feed(shader.inputs["Normal"], fine.outputs[0])


def lace(draw: Draw, vector: Any, graph: Graph, scale: float) -> Any:
    """A pattern of threads and holes over a vector socket; returns a socket, 1 on threads."""
    cells = graph.node("TexVoronoi", {"feature": "DISTANCE_TO_EDGE"}, Vector=vector, Scale=scale)
    cells.inputs["Randomness"].default_value = draw.between(0.1, 1)
    threads = graph.math("LESS_THAN", cells.outputs["Distance"], draw.between(0.05, 0.14))
    flowers = graph.node("TexNoise", Vector=vector, Scale=scale * draw.between(0.2, 0.5))
    return graph.math("MAXIMUM", threads, graph.math("GREATER_THAN", flowers.outputs[0], draw.between(0.52, 0.66)))
