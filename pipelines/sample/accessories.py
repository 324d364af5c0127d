"""Things people wear, carry and hold, placed on a posed body."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.sample import strands
from pipelines.sample.layers import Canvas, Material, paint
from pipelines.sample.shapes import Form, Plane, Point, blend, both, capsule, chain, ellipse, minus, polygon, ring
from pipelines.sample.skeleton import Body, step
from pipelines.sample.textures import CLOTHS, Colour, pelt, plain, printed, weave


@dataclass(frozen=True, slots=True)
class Place:
    """Where an accessory is painted.

    Attributes:
        behind: canvas behind the body.
        front: canvas in front of it.
        body: the posed body.
        rng: consumed.
    """

    behind: Canvas
    front: Canvas
    body: Body
    rng: np.random.Generator

    def colour(self) -> Colour:
        """A random cloth colour."""
        return CLOTHS[int(self.rng.integers(len(CLOTHS)))]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of accessory.

    Attributes:
        category: COCO's name of it.
        draw: paints it.
        grip: which hand's fingers close around it: "left", "right" or "".
    """

    category: str
    draw: Callable[[Place], None]
    grip: str = ""


def _backpack(place: Place) -> None:
    body, h = place.body, place.body.h
    cloth = weave(place.colour(), place.rng, 80)
    (nx, ny), (hx, hy) = body.neck, body.hip
    wide = 0.128 * h
    pack = polygon(
        [
            (nx - wide * 0.8, ny + 0.05 * h),
            (nx + wide * 0.8, ny + 0.05 * h),
            (hx + wide, hy - 0.05 * h),
            (hx - wide, hy - 0.05 * h),
        ],
        0.03 * h,
    )
    paint(place.behind, pack, cloth, round_px=0.06 * h)
    for shoulder in (body.left[0], body.right[0]):
        x = nx * 0.4 + shoulder[0] * 0.6
        points = [(x, shoulder[1] - 0.037 * h), (x, ny + 0.13 * h), ((x * 0.3 + shoulder[0] * 0.7), ny + 0.25 * h)]
        paint(place.front, chain(points, [0.013 * h] * 3, 0.01 * h), cloth, shadow=0)


def _handbag(place: Place) -> None:
    body, h = place.body, place.body.h
    hand, leather = body.left[3], weave(place.colour(), place.rng, 64, 0.07)
    top = hand[1] + 0.07 * h
    for side in (-1, 1):
        strap = [hand, (hand[0] + side * 0.035 * h, hand[1] + 0.03 * h), (hand[0] + side * 0.05 * h, top + 0.01 * h)]
        paint(place.front, chain(strap, [0.0045 * h] * 3), leather)
    bag = polygon(
        [
            (hand[0] - 0.058 * h, top),
            (hand[0] + 0.058 * h, top),
            (hand[0] + 0.07 * h, top + 0.1 * h),
            (hand[0] - 0.07 * h, top + 0.1 * h),
        ],
        0.01 * h,
    )
    paint(place.front, bag, leather, round_px=0.03 * h)
    paint(place.front, ellipse((hand[0], top + 0.012 * h), 0.011 * h, 0.009 * h), plain((0.85, 0.72, 0.35), 0.4))


def _shoulder_bag(place: Place) -> None:
    body, h = place.body, place.body.h
    leather = weave(place.colour(), place.rng, 64, 0.07)
    start, end = (
        (body.right[0][0] - 0.03 * h, body.right[0][1] - 0.033 * h),
        (body.hip[0] - 0.1 * h, body.hip[1] + 0.01 * h),
    )
    paint(place.front, capsule(start, end, 0.0075 * h, 0.0075 * h), leather)
    x, y = end
    bag = polygon(
        [(x - 0.05 * h, y), (x + 0.06 * h, y), (x + 0.065 * h, y + 0.085 * h), (x - 0.055 * h, y + 0.085 * h)],
        0.012 * h,
    )
    paint(place.front, bag, leather, round_px=0.03 * h)
    flap = polygon(
        [(x - 0.05 * h, y), (x + 0.06 * h, y), (x + 0.05 * h, y + 0.045 * h), (x - 0.04 * h, y + 0.045 * h)], 0.012 * h
    )
    paint(place.front, flap, leather, round_px=0.03 * h, shadow=0.5)


def _tie(place: Place) -> None:
    (x, y), (hx, hy), h = place.body.neck, place.body.hip, place.body.h
    silk = printed(place.rng, 40) if place.rng.random() < 0.4 else weave(place.colour(), place.rng, 40)
    y += 0.045 * h
    low = (x * 0.25 + hx * 0.75, y * 0.2 + hy * 0.8)
    tail = polygon(
        [
            (x - 0.008 * h, y),
            (x + 0.008 * h, y),
            (low[0] + 0.021 * h, low[1] - 0.02 * h),
            low,
            (low[0] - 0.021 * h, low[1] - 0.02 * h),
        ],
        0.001 * h,
    )
    paint(place.front, tail, silk, round_px=0.02 * h)
    knot = polygon(
        [
            (x - 0.016 * h, y - 0.016 * h),
            (x + 0.016 * h, y - 0.016 * h),
            (x + 0.009 * h, y + 0.012 * h),
            (x - 0.009 * h, y + 0.012 * h),
        ],
        0.002 * h,
    )
    paint(place.front, knot, silk)


def _umbrella_open(place: Place) -> None:
    body, h = place.body, place.body.h
    hand = step(body.right[2], 150, 0.02 * h)
    top = (hand[0] - 0.03 * h, body.head[1] - 0.26 * h)
    paint(
        place.behind,
        capsule((hand[0] + 0.005 * h, hand[1] + 0.05 * h), top, 0.006 * h, 0.005 * h),
        plain((0.25, 0.22, 0.2), 0.4),
    )
    span, colour = 0.34 * h, place.colour()
    rim = top[1] + 0.17 * h
    dome = minus(
        ellipse((top[0], rim), span, 0.19 * h),
        polygon(
            [
                (top[0] - span * 2, rim),
                (top[0] + span * 2, rim),
                (top[0] + span * 2, rim + h),
                (top[0] - span * 2, rim + h),
            ]
        ),
    )
    panels = 6
    for i in range(panels):
        bite = ellipse((top[0] - span + (2 * i + 1) * span / panels, rim + 0.012 * h), span / panels, 0.03 * h)
        dome = minus(dome, bite)
    paint(place.behind, dome, weave(colour, place.rng, 120, 0.05), round_px=0.15 * h)
    for i in range(1, panels):
        foot = (top[0] - span + 2 * i * span / panels, rim - 0.002 * h)
        bend = (top[0] * 0.35 + foot[0] * 0.65, top[1] * 0.62 + foot[1] * 0.38)
        paint(
            place.behind,
            both(chain([top, bend, foot], [0.0022 * h] * 3), dome),
            plain((0.1, 0.1, 0.1)),
            opacity=0.5,
            shadow=0,
        )
    paint(place.behind, capsule(top, (top[0], top[1] - 0.035 * h), 0.005 * h, 0.003 * h), plain((0.2, 0.2, 0.2)))


def _umbrella_closed(place: Place) -> None:
    hand, h = place.body.right[3], place.body.h
    tip = (hand[0] + 0.02 * h, hand[1] + 0.4 * h)
    paint(
        place.front,
        chain([hand, (hand[0] + 0.004 * h, hand[1] + 0.09 * h), tip], [0.014 * h, 0.024 * h, 0.006 * h], 0.01 * h),
        weave(place.colour(), place.rng, 40),
    )
    paint(
        place.front, capsule(tip, (tip[0] + 0.003 * h, tip[1] + 0.03 * h), 0.004 * h, 0.002 * h), plain((0.7, 0.7, 0.7))
    )
    paint(
        place.front,
        chain([hand, step(hand, 180, 0.03 * h), step(step(hand, 180, 0.05 * h), 110, 0.02 * h)], [0.0075 * h] * 3),
        plain((0.35, 0.2, 0.1), 0.3),
    )


def _held(place: Place) -> Point:
    """Where the right hand holds a thing upright."""
    return step(place.body.right[2], 165, 0.035 * place.body.h)


def _glass(canvas: Canvas, form: Form, tint: Colour, rim: float) -> None:
    """Clear glass: the background shines through the middle, not so much through the brighter rim."""
    paint(canvas, form, plain(tint, 0.25, 0.9), opacity=0.34, shadow=0)
    paint(canvas, ring(form, rim), plain((0.93, 0.96, 0.97), 0.1, 0.95), opacity=0.55, shadow=0)


def _wine_glass(place: Place) -> None:
    (x, y), h, canvas = _held(place), place.body.h, place.front
    x += 0.004 * h
    stem = chain([(x, y - 0.03 * h), (x, y + 0.045 * h)], [0.006 * h, 0.0045 * h])
    foot = ellipse((x, y + 0.048 * h), 0.033 * h, 0.007 * h)
    bowl = both(
        ellipse((x, y - 0.075 * h), 0.041 * h, 0.06 * h),
        polygon([(x - h, y - 0.108 * h), (x + h, y - 0.108 * h), (x + h, y), (x - h, y)]),
    )
    wine = both(
        ellipse((x, y - 0.075 * h), 0.036 * h, 0.055 * h),
        polygon([(x - h, y - 0.07 * h), (x + h, y - 0.07 * h), (x + h, y), (x - h, y)]),
    )
    red = place.rng.random() < 0.6
    paint(
        canvas,
        wine,
        plain((0.45, 0.04, 0.1) if red else (0.93, 0.84, 0.45), 0.2),
        opacity=0.85 if red else 0.45,
        shadow=0,
    )
    _glass(canvas, bowl, (0.85, 0.92, 0.95), 0.006 * h)
    _glass(canvas, blend([stem, foot], 0.006 * h), (0.8, 0.87, 0.9), 0.005 * h)
    glint = capsule((x - 0.02 * h, y - 0.1 * h), (x - 0.022 * h, y - 0.07 * h), 0.003 * h, 0.004 * h)
    paint(canvas, glint, plain((1, 1, 1), 0, 1.0), opacity=0.8, shadow=0)


def _bottle(place: Place) -> None:
    (x, y), h, canvas = _held(place), place.body.h, place.front
    form = chain(
        [(x, y - 0.125 * h), (x, y - 0.075 * h), (x, y - 0.04 * h), (x, y + 0.055 * h)],
        [0.0105 * h, 0.012 * h, 0.026 * h, 0.027 * h],
        0.01 * h,
    )
    green = place.rng.random() < 0.5
    tint: Colour = (0.16, 0.42, 0.24) if green else (0.72, 0.86, 0.92)
    fill = both(form, polygon([(x - h, y - 0.05 * h), (x + h, y - 0.05 * h), (x + h, y + h), (x - h, y + h)]))
    paint(canvas, fill, plain(tint), opacity=0.45 if green else 0.25, shadow=0)
    _glass(canvas, form, tint, 0.007 * h)
    label = both(
        form, polygon([(x - h, y - 0.02 * h), (x + h, y - 0.02 * h), (x + h, y + 0.035 * h), (x - h, y + 0.035 * h)])
    )
    paint(canvas, label, weave((0.9, 0.86, 0.72), place.rng, 30), shadow=0)
    paint(canvas, capsule((x, y - 0.138 * h), (x, y - 0.127 * h), 0.011 * h, 0.011 * h), plain((0.75, 0.2, 0.18), 0.2))
    paint(
        canvas,
        capsule((x - 0.015 * h, y - 0.035 * h), (x - 0.015 * h, y + 0.045 * h), 0.002 * h, 0.003 * h),
        plain((1, 1, 1), 0, 1.0),
        opacity=0.6,
        shadow=0,
    )


def _cup(place: Place) -> None:
    (x, y), h, canvas = _held(place), place.body.h, place.front
    china = plain((0.93, 0.9, 0.86) if place.rng.random() < 0.5 else place.colour(), 0.2)
    side = polygon(
        [
            (x - 0.034 * h, y - 0.055 * h),
            (x + 0.034 * h, y - 0.055 * h),
            (x + 0.026 * h, y + 0.03 * h),
            (x - 0.026 * h, y + 0.03 * h),
        ],
        0.005 * h,
    )
    paint(canvas, ring(ellipse((x + 0.038 * h, y - 0.015 * h), 0.024 * h, 0.027 * h), 0.008 * h), china)
    paint(canvas, side, china)
    paint(canvas, ellipse((x, y - 0.056 * h), 0.037 * h, 0.009 * h), china)
    paint(canvas, ellipse((x, y - 0.055 * h), 0.031 * h, 0.0062 * h), plain((0.28, 0.14, 0.07)), shadow=0)


def _glove(place: Place) -> None:
    arm, h = place.body.left, place.body.h
    leather = weave((0.5, 0.28, 0.13), place.rng, 48, 0.08)
    angle = float(np.degrees(np.arctan2(arm[3][0] - arm[2][0], arm[3][1] - arm[2][1])))
    palm = step(arm[2], angle, 0.045 * h)
    fingers = [capsule(palm, step(palm, angle + a, 0.07 * h), 0.024 * h, 0.018 * h) for a in (-38, -14, 10, 34)]
    thumb = capsule(palm, step(palm, angle + 78, 0.055 * h), 0.024 * h, 0.018 * h)
    paint(place.front, blend([capsule(arm[2], palm, 0.027 * h, 0.046 * h), thumb, *fingers], 0.008 * h), leather)
    for a in (-26, -2, 22):
        paint(
            place.front,
            capsule(step(palm, angle + a, 0.03 * h), step(palm, angle + a, 0.075 * h), 0.0018 * h, 0.0018 * h),
            plain((0.2, 0.1, 0.05)),
            opacity=0.8,
            shadow=0,
        )


def _mesh(centre: Point, degrees: float, pitch: float, width: float) -> Callable[[Plane, Plane], Plane]:
    """Distance to a square mesh of strings."""
    c, s = np.float32(np.cos(np.radians(degrees))), np.float32(np.sin(np.radians(degrees)))

    def distance(x: Plane, y: Plane) -> Plane:
        px, py = x - np.float32(centre[0]), y - np.float32(centre[1])
        u, v = (px * c + py * s) / np.float32(pitch), (py * c - px * s) / np.float32(pitch)
        gap = np.minimum(np.abs(u - np.round(u)), np.abs(v - np.round(v))) * np.float32(pitch)
        out: Plane = (gap - np.float32(width / 2)).astype(np.float32)
        return out

    return distance


def _racket(place: Place) -> None:
    body, h = place.body, place.body.h
    wrist, hand = body.right[2], body.right[3]
    angle = float(np.degrees(np.arctan2(hand[0] - wrist[0], hand[1] - wrist[1])))
    start = step(wrist, angle, 0.02 * h)
    throat, centre = step(start, angle, 0.13 * h), step(start, angle, 0.235 * h)
    head = ellipse(centre, 0.075 * h, 0.1 * h, -angle)
    canvas, frame = place.front, plain(place.colour(), 0.25)
    strings = Form(_mesh(centre, -angle, max(0.0125 * h, 3.2), max(0.0016 * h, 0.45)), head.box)
    paint(canvas, both(head, strings), plain((0.95, 0.95, 0.88), 0, 0.9), round_px=1, shadow=0)
    # Annotators outline the head, strings or not.
    rows, columns = canvas.window(head.box, 1)
    inside = head.distance(*canvas.centres(rows, columns)) < 0
    canvas.solid[rows, columns] = np.maximum(canvas.solid[rows, columns], inside)
    paint(canvas, ring(head, 0.012 * h), frame)
    for side in (-1, 1):
        paint(
            canvas,
            capsule(
                throat, step(step(centre, angle + 180, 0.082 * h), angle + 90 * side, 0.042 * h), 0.006 * h, 0.006 * h
            ),
            frame,
        )
    paint(canvas, capsule(step(start, angle, -0.02 * h), throat, 0.011 * h, 0.009 * h), plain((0.12, 0.12, 0.12)))


def _suitcase(place: Place) -> None:
    hand, h = place.body.left[3], place.body.h
    x, y = hand
    shell = weave(place.colour(), place.rng, 72, 0.06)
    paint(
        place.front,
        ring(
            polygon(
                [(x - 0.03 * h, y), (x + 0.03 * h, y), (x + 0.03 * h, y + 0.05 * h), (x - 0.03 * h, y + 0.05 * h)],
                0.008 * h,
            ),
            0.011 * h,
        ),
        plain((0.15, 0.15, 0.15)),
    )
    case = polygon(
        [
            (x - 0.08 * h, y + 0.045 * h),
            (x + 0.08 * h, y + 0.045 * h),
            (x + 0.08 * h, y + 0.25 * h),
            (x - 0.08 * h, y + 0.25 * h),
        ],
        0.014 * h,
    )
    paint(place.front, case, shell, round_px=0.035 * h)
    for dx in (-0.05, 0.0, 0.05):
        paint(
            place.front,
            capsule((x + dx * h, y + 0.06 * h), (x + dx * h, y + 0.24 * h), 0.003 * h, 0.003 * h),
            shell,
            shadow=0.5,
        )


def _book(place: Place) -> None:
    (x, y), h = _held(place), place.body.h
    x -= 0.02 * h
    cover = polygon(
        [
            (x - 0.05 * h, y - 0.075 * h),
            (x + 0.045 * h, y - 0.083 * h),
            (x + 0.055 * h, y + 0.045 * h),
            (x - 0.04 * h, y + 0.053 * h),
        ],
        0.003 * h,
    )
    paint(place.front, cover, printed(place.rng, 120), round_px=0.01 * h)


def _teddy(place: Place) -> None:
    (x, y), h, canvas = _held(place), place.body.h, place.front
    colour = (0.62, 0.42, 0.22)
    fluff = pelt(colour, place.rng)
    x -= 0.02 * h
    limbs = [
        ellipse((x + dx * h, y + dy * h), r * h, r * h)
        for dx, dy, r in (
            (-0.034, -0.118, 0.016),
            (0.034, -0.118, 0.016),
            (-0.05, -0.03, 0.021),
            (0.05, -0.03, 0.021),
            (-0.032, 0.055, 0.025),
            (0.032, 0.055, 0.025),
        )
    ]
    body = blend(
        [ellipse((x, y), 0.046 * h, 0.056 * h), ellipse((x, y - 0.085 * h), 0.043 * h, 0.04 * h), *limbs], 0.01 * h
    )
    paint(canvas, body, fluff)
    turn = np.radians(np.linspace(0, 360, 30))
    for cy, r in ((-0.085, 0.04), (0.0, 0.048)):
        rim = np.stack([x + r * h * np.cos(turn), y + cy * h + r * h * np.sin(turn)], 1).astype(np.float32)
        strands.draw(canvas, strands.fur(rim, (x, y + cy * h), 0.016 * h, colour, place.rng, 6), place.rng)
    for side in (-1, 1):
        paint(
            canvas, ellipse((x + side * 0.015 * h, y - 0.092 * h), 0.005 * h, 0.006 * h), plain((0.08, 0.06, 0.05), 0.5)
        )
    paint(canvas, ellipse((x, y - 0.075 * h), 0.016 * h, 0.012 * h), plain((0.8, 0.65, 0.45)), shadow=0)
    paint(canvas, ellipse((x, y - 0.08 * h), 0.006 * h, 0.004 * h), plain((0.12, 0.08, 0.06)), shadow=0)


def _phone(place: Place) -> None:
    (x, y), h = _held(place), place.body.h
    shell = polygon(
        [
            (x - 0.018 * h, y - 0.06 * h),
            (x + 0.018 * h, y - 0.06 * h),
            (x + 0.018 * h, y + 0.012 * h),
            (x - 0.018 * h, y + 0.012 * h),
        ],
        0.005 * h,
    )
    paint(place.front, shell, plain((0.13, 0.13, 0.15), 0.3))


def ball(canvas: Canvas, centre: Point, radius: float, rng: np.random.Generator) -> None:
    """Paint a ball."""
    paint(canvas, ellipse(centre, radius, radius), plain((0.88, 0.5, 0.18), 0.35))
    paint(
        canvas,
        both(
            ring(ellipse((centre[0] - radius, centre[1]), radius, radius), radius * 0.09),
            ellipse(centre, radius, radius),
        ),
        plain((0.2, 0.1, 0.05)),
        opacity=0.8,
        shadow=0,
    )
    paint(
        canvas,
        capsule(
            (centre[0] - radius * 0.95, centre[1] + radius * 0.1),
            (centre[0] + radius * 0.95, centre[1]),
            radius * 0.04,
            radius * 0.04,
        ),
        plain((0.2, 0.1, 0.05)),
        opacity=0.8,
        shadow=0,
    )


def _held_ball(place: Place) -> None:
    ball(place.front, step(place.body.left[3], 0, 0.05 * place.body.h), 0.062 * place.body.h, place.rng)


KINDS: dict[str, Kind] = {
    "backpack": Kind("backpack", _backpack),
    "handbag": Kind("handbag", _handbag, "left"),
    "shoulder bag": Kind("handbag", _shoulder_bag),
    "tie": Kind("tie", _tie),
    "open umbrella": Kind("umbrella", _umbrella_open, "right"),
    "closed umbrella": Kind("umbrella", _umbrella_closed, "right"),
    "wine glass": Kind("wine glass", _wine_glass, "right"),
    "bottle": Kind("bottle", _bottle, "right"),
    "cup": Kind("cup", _cup, "right"),
    "glove": Kind("baseball glove", _glove),
    "racket": Kind("tennis racket", _racket, "right"),
    "suitcase": Kind("suitcase", _suitcase, "left"),
    "book": Kind("book", _book, "right"),
    "teddy": Kind("teddy bear", _teddy, "right"),
    "phone": Kind("cell phone", _phone, "right"),
    "ball": Kind("sports ball", _held_ball),
}
"""What a person can be given, by the name used in the plan."""


def wood() -> Material:
    """Plain brown, for furniture."""
    return plain((0.45, 0.28, 0.15), 0.1)
