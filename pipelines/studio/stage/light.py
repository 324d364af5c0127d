"""Light: a photographed surrounding that ships with Blender, and lamps."""

import math
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from pipelines.studio.stage.camera import View
from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.meshes import place
from pipelines.studio.stage.vectors import Array, unit

SURROUNDINGS = ("city", "courtyard", "forest", "interior", "night", "studio", "sunrise", "sunset")
"""Panoramas inside bpy, all CC0."""


def add_light(draw: Draw, view: View) -> dict[str, Any]:
    """Light the subject; returns what the manifest says about it."""
    name = draw.one(SURROUNDINGS)
    backlit = draw.chance(0.3)
    strength = draw.scale(0.35, 1.3) * (0.5 if backlit else 1.0)
    _surround(draw, name, strength)
    if backlit:
        side = np.array([draw.between(-0.8, 0.8), draw.between(-0.8, 0.8), draw.between(0.1, 0.9)])
        _lamp(draw, view, unit(view.behind + side * 0.8), draw.scale(2, 8))
    if draw.chance(0.5):
        side = np.array([draw.between(-1, 1), draw.between(-1, 1), draw.between(0.1, 1.2)])
        _lamp(draw, view, unit(side - view.behind * 0.5), draw.scale(0.5, 4))
    return {"surrounding": name, "strength": round(strength, 2), "backlit": backlit}


def _surround(draw: Draw, name: str, strength: float) -> None:
    world = bpy.data.worlds.new("world")
    bpy.context.scene.world = world
    world.use_nodes = True
    nodes, links = world.node_tree.nodes, world.node_tree.links
    picture = nodes.new("ShaderNodeTexEnvironment")
    folder = Path(bpy.utils.resource_path("LOCAL")) / "datafiles" / "studiolights" / "world"
    picture.image = bpy.data.images.load(str(folder / f"{name}.exr"))
    turned = nodes.new("ShaderNodeMapping")
    turned.inputs["Rotation"].default_value = (draw.between(-0.15, 0.15), draw.between(-0.15, 0.15), draw.between(0, 7))
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Generated"], turned.inputs["Vector"])
    links.new(turned.outputs[0], picture.inputs["Vector"])
    links.new(picture.outputs[0], nodes["Background"].inputs["Color"])
    nodes["Background"].inputs["Strength"].default_value = strength / mean_radiance(picture.image)


def mean_radiance(image: Any) -> float:
    """How bright a panorama is on average, so that all of them light alike."""
    pixels = np.empty(image.size[0] * image.size[1] * 4, np.float32)
    image.pixels.foreach_get(pixels)
    return max(float(pixels.reshape(-1, 4)[::7, :3].mean()), 1e-3)


def _lamp(draw: Draw, view: View, towards: Array, power: float) -> None:
    """A sun or a soft box in a direction; ``power`` is its irradiance, roughly."""
    sun = draw.chance(0.4)
    data = bpy.data.lights.new("lamp", "SUN" if sun else "AREA")
    away = view.extent * draw.between(2, 4)
    if sun:
        data.energy, data.angle = power, draw.scale(0.01, 0.3)
    else:
        data.size = draw.between(0.3, 2) * view.extent
        data.energy = power * away**2 * math.pi
    data.color = hsv(draw.between(0.05, 0.62), draw.between(0, 0.35), 1)
    made = place(bpy.data.objects.new("lamp", data))
    made.location = view.centre + towards * away
    made.rotation_euler = Vector(-towards).to_track_quat("-Z", "Y").to_euler()
    made.visible_camera = False
