"""Images from the plan: layers of people, what they carry and what stands around, over a background."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.sample import strands
from pipelines.sample.accessories import KINDS, Place, ball, wood
from pipelines.sample.backgrounds import background, contact_shadow
from pipelines.sample.disk import to_bytes
from pipelines.sample.figures import draw_grip, draw_person
from pipelines.sample.layers import Canvas, Layer, blur, composite, lens, paint, shares, shutter
from pipelines.sample.looks import Look, look
from pipelines.sample.plan import Actor, Prop, Shot
from pipelines.sample.shapes import Plane, Point, blend, capsule, chain, ellipse, polygon
from pipelines.sample.skeleton import POSES, Body, posed
from pipelines.sample.textures import pelt, plain, weave

_BEYOND = 48
"""Pixels that are drawn beyond the image, for blur to draw from."""


@dataclass(frozen=True, slots=True)
class Thing:
    """One object of an image.

    Attributes:
        category: COCO's name.
        seen: (H, W) float32 in [0, 1], what an annotator sees of it.
        truth: (H, W) float32 in [0, 1], true alpha with accessories; people only.
        crowd: many people under one outline.
    """

    category: str
    seen: Plane
    truth: Plane | None = None
    crowd: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One image: (H, W, 3) uint8 RGB pixels and the objects in it."""

    pixels: NDArray[np.uint8]
    things: list[Thing]


class _Stack:
    """Layers being piled up, and which object each shows."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.layers: list[Layer] = []
        self.categories: list[str] = []

    def name(self, category: str) -> int:
        """A new object."""
        self.categories.append(category)
        return len(self.categories) - 1

    def canvas(self, box: tuple[float, float, float, float]) -> Canvas:
        """A canvas over the part of ``box`` that is in or near the image."""
        b = _BEYOND
        x0, y0 = min(max(box[0], -b), self.width), min(max(box[1], -b), self.height)
        return Canvas.empty((x0, y0, max(min(box[2], self.width + b), x0), max(min(box[3], self.height + b), y0)))


def render(shot: Shot, rng: np.random.Generator) -> Scene:
    """Draw an image of the plan.

    Args:
        shot: what to draw.
        rng: everything the plan leaves open comes from it.
    """
    width, height = shot.size
    picture = background(shot.background, width, height, rng)
    stack = _Stack(width, height)
    for prop in shot.props:
        if not prop.front:
            _add_prop(stack, prop, rng)
    for actor in shot.actors:
        contact_shadow(picture, (actor.x * width, actor.y * height), actor.h * height)
        _add_actor(stack, actor, rng)
    for prop in shot.props:
        if prop.front:
            _add_prop(stack, prop, rng)
    truth, seen = shares((height, width), stack.layers)
    things = [
        Thing(category.removesuffix(" crowd"), seen[i], truth.get(i), category.endswith(" crowd"))
        for i, category in enumerate(stack.categories)
        if i in seen
    ]
    return Scene(to_bytes(composite(picture, stack.layers)), things)


def _add_actor(stack: _Stack, actor: Actor, rng: np.random.Generator) -> None:
    """Layers of one person, back to front: things behind, body, things in front, fingers around them."""
    h = actor.h * stack.height
    body = posed(POSES[actor.pose], (actor.x * stack.width, actor.y * stack.height), h)
    style = look(rng, actor.style, actor.top, h, actor.wind, actor.swing)
    far = any(name in ("open umbrella", "racket") for name in actor.items)
    box = body.box((0.55 if far else 0.3) * h)
    person = stack.name("person")
    things = [stack.name(KINDS[name].category) for name in actor.items]
    parts = draw_actor(stack.canvas(box), body, style, actor.items, rng)
    layers = [Layer(canvas, person if item < 0 else things[item], person) for canvas, item in parts]
    layers = [layer for layer in layers if layer.canvas.rgba.any()]
    for layer in layers:
        if actor.motion[0]:
            blur(layer.canvas, shutter(*actor.motion))
        if actor.defocus:
            blur(layer.canvas, lens(actor.defocus))
    stack.layers += layers


def draw_actor(
    figure: Canvas, body: Body, style: Look, items: Sequence[str], rng: np.random.Generator
) -> list[tuple[Canvas, int]]:
    """Paint a person and what the person carries.

    Args:
        figure: empty; the person is painted into it, and all else into others over the same rectangle.
        body, style: the person's.
        items: see ``accessories.KINDS``.
        rng: strands, colours and cloth of the items.

    Returns:
        Canvases, back to front, some of them empty, each with the index of the item it shows; -1 for the person.
    """
    draw_person(figure, body, style, rng)
    behind: list[tuple[Canvas, int]] = []
    front: list[tuple[Canvas, int]] = []
    for i, name in enumerate(items):
        place = Place(figure.like(), figure.like(), body, rng)
        KINDS[name].draw(place)
        behind.append((place.behind, i))
        front.append((place.front, i))
        if KINDS[name].grip:
            front.append((_fingers(figure, body, style, KINDS[name].grip), -1))
    return [*behind, (figure, -1), *front]


def _fingers(figure: Canvas, body: Body, style: Look, side: str) -> Canvas:
    canvas = figure.like()
    draw_grip(canvas, body, body.left if side == "left" else body.right, style)
    return canvas


def _add_prop(stack: _Stack, prop: Prop, rng: np.random.Generator) -> None:
    """One layer that belongs to nobody."""
    foot = (prop.x * stack.width, prop.y * stack.height)
    size = prop.size * stack.height
    reach = 6 * size if prop.kind == "crowd" else 1.2 * size
    canvas = stack.canvas((foot[0] - reach, foot[1] - 1.3 * size, foot[0] + reach, foot[1] + 0.2 * size))
    if prop.kind == "crowd":
        _crowd(canvas, foot, size, stack.width, rng)
    elif prop.kind == "ball":
        ball(canvas, (foot[0], foot[1] - size / 2), size / 2, rng)
    else:
        {"chair": _chair, "dog": _dog, "handbag": _handbag, "bottle": _bottle}[prop.kind](canvas, foot, size, rng)
    blur(canvas, lens(0.6))
    category = {"crowd": "person crowd", "ball": "sports ball"}.get(prop.kind, prop.kind)
    stack.layers.append(Layer(canvas, stack.name(category), -1))


def _crowd(canvas: Canvas, foot: Point, size: float, width: int, rng: np.random.Generator) -> None:
    """Two rows of people too many to outline."""
    names = ("stand", "hip", "wave", "cross", "hips", "raise")
    for row in (0, 1):
        for x in np.arange(-0.24, 0.25, 0.042):
            at = (foot[0] + (float(x) + float(rng.uniform(-0.01, 0.01)) + 0.02 * row) * width, foot[1] + 6 * row)
            h = size * float(rng.uniform(0.85, 1.0))
            body = posed(POSES[names[int(rng.integers(len(names)))]], at, h)
            draw_person(canvas, body, look(rng, "short", "shirt" if rng.random() < 0.5 else "tee", h, 0, 0), rng)


def _chair(canvas: Canvas, foot: Point, size: float, rng: np.random.Generator) -> None:
    (x, y), s, oak = foot, size, wood()
    for dx, top in ((-0.24, 1.0), (0.24, 1.0)):
        paint(canvas, capsule((x + dx * s, y - 0.06 * s), (x + dx * 0.92 * s, y - top * s), 0.028 * s, 0.025 * s), oak)
    for rail in (0.94, 0.8, 0.66):
        paint(canvas, capsule((x - 0.23 * s, y - rail * s), (x + 0.23 * s, y - rail * s), 0.03 * s, 0.03 * s), oak)
    for dx in (-0.29, 0.29):
        paint(canvas, capsule((x + dx * 0.95 * s, y - 0.42 * s), (x + dx * s, y), 0.03 * s, 0.022 * s), oak)
    seat = polygon(
        [
            (x - 0.24 * s, y - 0.52 * s),
            (x + 0.24 * s, y - 0.52 * s),
            (x + 0.29 * s, y - 0.42 * s),
            (x - 0.29 * s, y - 0.42 * s),
        ],
        0.02 * s,
    )
    paint(canvas, seat, weave((0.5, 0.2, 0.18), rng, 64), round_px=0.04 * s)


def _dog(canvas: Canvas, foot: Point, size: float, rng: np.random.Generator) -> None:
    (x, y), s = foot, size
    colour = (0.55, 0.38, 0.22)
    coat = pelt(colour, rng)
    for dx in (-0.3, -0.2, 0.2, 0.3):
        paint(canvas, capsule((x + dx * s, y - 0.4 * s), (x + dx * s, y - 0.04 * s), 0.075 * s, 0.045 * s), coat)
    trunk = capsule((x - 0.26 * s, y - 0.5 * s), (x + 0.26 * s, y - 0.5 * s), 0.17 * s, 0.16 * s)
    head = blend(
        [
            capsule((x - 0.25 * s, y - 0.6 * s), (x - 0.38 * s, y - 0.8 * s), 0.12 * s, 0.13 * s),
            capsule((x - 0.4 * s, y - 0.78 * s), (x - 0.58 * s, y - 0.73 * s), 0.09 * s, 0.055 * s),
        ],
        0.05 * s,
    )
    paint(
        canvas,
        chain(
            [(x + 0.36 * s, y - 0.56 * s), (x + 0.5 * s, y - 0.72 * s), (x + 0.52 * s, y - 0.88 * s)],
            [0.05 * s, 0.04 * s, 0.02 * s],
            0.02 * s,
        ),
        coat,
    )
    paint(canvas, trunk, coat)
    back = np.stack([x + np.linspace(-0.3, 0.4, 20) * s, np.full(20, y - 0.64 * s)], 1).astype(np.float32)
    strands.draw(canvas, strands.fur(back, (x, y - 0.3 * s), 0.1 * s, colour, rng), rng)
    paint(canvas, head, coat)
    paint(canvas, ellipse((x - 0.3 * s, y - 0.78 * s), 0.05 * s, 0.11 * s, 15), pelt((0.3, 0.2, 0.12), rng))
    for spot, r in (((x - 0.44 * s, y - 0.82 * s), 0.018 * s), ((x - 0.62 * s, y - 0.745 * s), 0.03 * s)):
        paint(canvas, ellipse(spot, r, r), plain((0.07, 0.05, 0.05), 0.5), shadow=0)


def _handbag(canvas: Canvas, foot: Point, size: float, rng: np.random.Generator) -> None:
    (x, y), s = foot, size
    leather = weave((0.62, 0.2, 0.22), rng, 64, 0.07)
    strap = [
        (x - 0.3 * s, y - 0.6 * s),
        (x - 0.16 * s, y - 0.97 * s),
        (x + 0.16 * s, y - 0.97 * s),
        (x + 0.3 * s, y - 0.6 * s),
    ]
    paint(canvas, chain(strap, [0.035 * s] * 4), leather)
    bag = polygon(
        [
            (x - 0.42 * s, y - 0.6 * s),
            (x + 0.42 * s, y - 0.6 * s),
            (x + 0.5 * s, y - 0.08 * s),
            (x - 0.5 * s, y - 0.08 * s),
        ],
        0.07 * s,
    )
    paint(canvas, bag, leather, round_px=0.2 * s)


def _bottle(canvas: Canvas, foot: Point, size: float, rng: np.random.Generator) -> None:
    (x, y), s = foot, size
    form = chain(
        [(x, y - s), (x, y - 0.7 * s), (x, y - 0.52 * s), (x, y - 0.14 * s)],
        [0.05 * s, 0.055 * s, 0.13 * s, 0.14 * s],
        0.06 * s,
    )
    paint(canvas, form, plain((0.13, 0.36, 0.2), 0.3), opacity=0.7)
