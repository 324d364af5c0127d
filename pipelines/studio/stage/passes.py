"""Two passes of Cycles: a denoised one for colours, one of many samples and no light for coverage."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

COLOUR, COVERAGE = "colour.png", "coverage.png"
"""16-bit RGBA files, straight colours; the second one's alpha is the foreground's."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Rays per pixel.

    Attributes:
        colour: of the denoised pass.
        coverage: of the exact pass, at most; where the first ``least`` agree, no more are taken.
        least: see there.
        clear: of the only pass of clear things.
    """

    colour: int = 12
    coverage: int = 96
    least: int = 24
    clear: int = 96


def prepare(size: int, threads: int, seed: int) -> None:
    """Empty the scene and set Cycles up for it."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.render.film_transparent = True
    scene.render.resolution_x = scene.render.resolution_y = size
    scene.render.threads_mode, scene.render.threads = "FIXED", threads
    picture = scene.render.image_settings
    picture.file_format, picture.color_mode, picture.color_depth, picture.compression = "PNG", "RGBA", "16", 0
    cycles = scene.cycles
    cycles.device, cycles.seed = "CPU", seed % 2**31
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4
    cycles.denoising_prefilter = "FAST"
    cycles.transparent_max_bounces = 16
    scene.cycles_curves.shape, scene.cycles_curves.subdivisions = "RIBBONS", 2


def render(folder: Path, samples: Samples, bounces: int, clear: bool) -> None:
    """Write ``COLOUR`` and, unless the subject is clear, ``COVERAGE``."""
    cycles = bpy.context.scene.cycles
    cycles.max_bounces = cycles.transmission_bounces = bounces
    cycles.diffuse_bounces = cycles.glossy_bounces = min(bounces, 2)
    cycles.use_adaptive_sampling = False
    cycles.use_denoising = True
    cycles.samples = samples.clear if clear else samples.colour
    cycles.film_transparent_glass = clear
    _write(folder / COLOUR)
    if not clear:
        _coverage(samples)
        _write(folder / COVERAGE)


def _write(path: Path) -> None:
    bpy.context.scene.render.filepath = str(path)
    bpy.ops.render.render(write_still=True)


def _coverage(samples: Samples) -> None:
    """Make everything glow, so that a pixel's brightness is how far it is covered, and sample by that."""
    scene = bpy.context.scene
    for material in bpy.data.materials:
        if material.use_nodes:
            glow(material)
    for thing in list(scene.objects):
        if thing.type == "LIGHT":
            bpy.data.objects.remove(thing)
    scene.world = None
    scene.view_settings.view_transform = "Raw"
    scene.view_settings.look, scene.view_settings.exposure = "None", 0
    cycles = scene.cycles
    cycles.use_denoising, cycles.max_bounces = False, 0
    cycles.samples, cycles.use_adaptive_sampling = samples.coverage, True
    cycles.adaptive_min_samples, cycles.adaptive_threshold = samples.least, 0.002


def glow(material: Any) -> None:
    """Replace a material's surface by white light with the same holes."""
    nodes, links = material.node_tree.nodes, material.node_tree.links
    output = next(node for node in nodes if node.type == "OUTPUT_MATERIAL")
    lamp = nodes.new("ShaderNodeEmission")
    shaders = [node for node in nodes if node.type == "BSDF_PRINCIPLED"]
    alpha = shaders[0].inputs["Alpha"] if shaders else None
    if alpha is None or (not alpha.is_linked and alpha.default_value == 1):
        links.new(lamp.outputs[0], output.inputs["Surface"])
        return
    mixed = nodes.new("ShaderNodeMixShader")
    mixed.inputs["Fac"].default_value = alpha.default_value
    if alpha.is_linked:
        links.new(alpha.links[0].from_socket, mixed.inputs["Fac"])
    links.new(nodes.new("ShaderNodeBsdfTransparent").outputs[0], mixed.inputs[1])
    links.new(lamp.outputs[0], mixed.inputs[2])
    links.new(mixed.outputs[0], output.inputs["Surface"])
