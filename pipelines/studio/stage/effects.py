"""What lenses, shutters and developers do: depth of field, motion blur, exposure, tone."""

from typing import Any

import bpy
import numpy as np

from pipelines.studio.stage.camera import View
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.meshes import place
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import unit

THINGS = ("MESH", "CURVE", "CURVES", "FONT")
LOOKS = {
    "AgX": ("None", "AgX - Medium High Contrast", "AgX - Punchy"),
    "Filmic": ("None", "Medium High Contrast"),
    "Standard": ("None",),
}


def add_effects(draw: Draw, subject: Subject, view: View) -> list[str]:
    """Blur some pictures, develop all; returns the names of the blurs."""
    develop(draw)
    share = draw.rng.random()
    if share < 0.25:
        defocus(draw, view)
        return ["depth of field"]
    if share < 0.4 and subject.may_move:
        move(draw, view)
        return ["motion blur"]
    return []


def develop(draw: Draw) -> None:
    """View transform, contrast, exposure and how sharp pixels are."""
    scene = bpy.context.scene
    transform = draw.one(["AgX", "Filmic", "Standard", "AgX"])
    scene.view_settings.view_transform = transform
    scene.view_settings.look = draw.one(LOOKS[transform])
    scene.view_settings.exposure = draw.between(-0.5, 0.7)
    scene.cycles.filter_width = draw.between(1.2, 2.0)


def defocus(draw: Draw, view: View) -> None:
    """A wide aperture, focused near the subject's front."""
    depth = view.camera.data.dof
    depth.use_dof = True
    depth.focus_distance = max(view.distance + view.extent * draw.between(-0.7, 0.3), 0.01)
    depth.aperture_fstop = view.camera.data.lens / 1000 / (view.extent * draw.scale(0.01, 0.1))


def move(draw: Draw, view: View) -> None:
    """Move and turn everything while the shutter is open."""
    scene = bpy.context.scene
    scene.render.use_motion_blur, scene.render.motion_blur_shutter = True, 1.0
    pivot = place(bpy.data.objects.new("pivot", None))
    pivot.location = view.centre
    bpy.context.view_layer.update()
    for thing in [thing for thing in scene.objects if thing.type in THINGS and thing.parent is None]:
        thing.parent = pivot
        thing.matrix_parent_inverse = pivot.matrix_world.inverted()
    _keyframes(draw, view, pivot)
    scene.frame_set(1)


def _keyframes(draw: Draw, view: View, pivot: Any) -> None:
    path = unit(draw.rng.normal(size=3)) * view.extent * draw.scale(0.008, 0.06)
    spin = draw.rng.normal(size=3) * draw.scale(0.008, 0.07)
    for frame, sign in ((0, -1), (2, 1)):
        pivot.location = view.centre + np.asarray(path) * sign
        pivot.rotation_euler = spin * sign
        pivot.keyframe_insert("location", frame=frame)
        pivot.keyframe_insert("rotation_euler", frame=frame)
