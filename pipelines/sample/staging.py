"""Scenes: who stands where with what, and the layers that make the picture."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from pipelines.sample.cast import Extra, Person, Scene
from pipelines.sample.furniture import chair, dog
from pipelines.sample.layers import Canvas, Layer, blur, lens, shutter
from pipelines.sample.people import POSES, Look, Skeleton, look, paint_body, paint_hand, skeleton
from pipelines.sample.props import PROPS, Painter, ball, handbag
from pipelines.sample.settings import background

PERSON = 1
OUTSIDE = 24
"""Pixels beyond the image that are still painted, so that filters at the border see what goes on there."""


@dataclass(frozen=True, slots=True)
class Instance:
    """An annotated object.

    Attributes:
        category: COCO category id.
        owner: instance index of the human it counts for; -1 for nobody.
        human: whether a true alpha is kept under this instance's name.
        crowd: whether it is a region of many.
    """

    category: int
    owner: int = -1
    human: bool = False
    crowd: bool = False


@dataclass(slots=True)
class Stage:
    """A scene being built: its background, and layers back to front."""

    background: NDArray[np.float32]
    layers: list[Layer]
    instances: list[Instance]

    @property
    def size(self) -> tuple[int, int]:
        """Height and width."""
        return self.background.shape[0], self.background.shape[1]

    def add(self, instance: Instance) -> int:
        """Name an object; returns its index."""
        self.instances.append(instance)
        return len(self.instances) - 1

    def canvas(self, box: tuple[float, float, float, float]) -> Canvas:
        """A transparent canvas over a box, cut off a little beyond the image."""
        h, w = self.size
        x0, x1 = np.clip([box[0], box[2]], -OUTSIDE, w + OUTSIDE)
        y0, y1 = np.clip([box[1], box[3]], -OUTSIDE, h + OUTSIDE)
        return Canvas.empty((float(x0), float(y0), float(x1), float(y1)))


def stage(scene: Scene, rng: np.random.Generator) -> Stage:
    """Build a scene."""
    out = Stage(background(scene.setting, scene.width, scene.height, scene.haze, rng), [], [])
    for extra in scene.extras:
        if not extra.front:
            add_extra(out, extra, rng)
    for person in scene.people:
        add_person(out, person, rng)
    for extra in scene.extras:
        if extra.front:
            add_extra(out, extra, rng)
    return out


def place(size: tuple[int, int], person: Person, rng: np.random.Generator) -> Skeleton:
    """Where a person's joints are in an image of height and width ``size``."""
    h, w = size
    return skeleton(POSES[person.pose], person.x * w, person.soles * h, person.height * h, rng)


def reach(s: Skeleton) -> tuple[float, float, float, float]:
    """A box that no part of a person leaves, accessories included."""
    joints = np.array([s.head, s.neck, s.pelvis, *s.hands, *s.elbows, *s.knees, *s.ankles])
    low, high = joints.min(0) - 2.6 * s.unit, joints.max(0) + 2.6 * s.unit
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def add_person(out: Stage, person: Person, rng: np.random.Generator) -> None:
    """Add a human and what they carry."""
    s = place(out.size, person, rng)
    wear = look(person.hair, person.outfit, person.fur, rng)
    ground_shadow(out, s)
    me = out.add(Instance(PERSON, human=True))
    empty = out.canvas(reach(s))
    layers: list[Layer] = []
    front: list[Layer] = []
    for name in person.items:
        prop = PROPS[name]
        it = out.add(Instance(prop.category, owner=me))
        for painter, into in ((prop.behind, layers), (prop.front, front)):
            if painter:
                into.append(Layer(_painted(empty, painter, s, rng), it, me))
        if prop.hand >= 0:
            front.append(Layer(_hand(empty, s, wear, prop.hand), me, me))
    body = empty.like()
    paint_body(body, s, wear, rng, moving=person.moving)
    layers += [Layer(body, me, me), *front]
    soften(layers, person, s.unit)
    out.layers += layers


def _painted(empty: Canvas, painter: Painter, s: Skeleton, rng: np.random.Generator) -> Canvas:
    canvas = empty.like()
    painter(canvas, s, rng)
    return canvas


def _hand(empty: Canvas, s: Skeleton, wear: Look, side: int) -> Canvas:
    canvas = empty.like()
    paint_hand(canvas, s, wear, side)
    return canvas


def soften(layers: list[Layer], person: Person, unit: float) -> None:
    """Blur a human by motion or defocus, premultiplied, every layer alike."""
    if person.blur == "motion":
        kernel = shutter(max(0.38 * unit, 7), 6)
    elif person.blur == "defocus":
        kernel = lens(max(0.09 * unit, 2.2))
    else:
        return
    for layer in layers:
        blur(layer.canvas, kernel)


def ground_shadow(out: Stage, s: Skeleton) -> None:
    """Darken the ground beneath the feet: part of the background, so alpha stays what it was."""
    h, w = out.size
    for ankle in s.ankles:
        if not 0 < ankle[1] < h:
            continue
        mask = np.zeros((h, w), np.float32)
        centre = (round(ankle[0] + 0.25 * s.unit), round(ankle[1] + 0.24 * s.unit))
        cv2.ellipse(mask, centre, (max(round(0.75 * s.unit), 1), max(round(0.16 * s.unit), 1)), 0, 0, 360, 1.0, -1)
        mask = cv2.GaussianBlur(mask, (0, 0), max(0.12 * s.unit, 1))
        out.background *= 1 - 0.45 * mask[..., None]


def add_extra(out: Stage, extra: Extra, rng: np.random.Generator) -> None:
    """Add something that belongs to nobody."""
    h, w = out.size
    x, y, size = extra.x * w, extra.y * h, extra.size * h
    if extra.kind == "crowd":
        add_crowd(out, x, y, size, rng)
        return
    s = skeleton(POSES["stand"], x, y, size, rng)
    category, painter = {
        "chair": (62, chair((x, y), size)),
        "dog": (18, dog((x, y), size)),
        "ball": (37, ball((x, y), size / 2)),
        "bag": (31, handbag(0)),
    }[extra.kind]
    canvas = out.canvas(reach(s) if extra.kind == "bag" else (x - 1.4 * size, y - 1.4 * size, x + 1.4 * size, y + size))
    painter(canvas, s, rng)
    out.layers.append(Layer(canvas, out.add(Instance(category)), -1))


def add_crowd(out: Stage, x: float, y: float, size: float, rng: np.random.Generator) -> None:
    """A dozen small people under one crowd annotation."""
    it = out.add(Instance(PERSON, crowd=True))
    for i in range(12):
        s = skeleton(POSES["stand"], x + (i % 6 - 2.5) * 0.3 * size, y + (i // 6) * 0.12 * size, size, rng)
        canvas = out.canvas(reach(s))
        paint_body(canvas, s, look("short", "tee", (), rng), rng)
        out.layers.append(Layer(canvas, it, -1))
