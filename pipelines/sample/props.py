"""What people carry: painted where the skeleton's hands, shoulders and hips are. Lengths count in heads."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.sample.edges import Curves, draw_strands
from pipelines.sample.layers import Canvas, paint
from pipelines.sample.people import STANCE, Skeleton
from pipelines.sample.shapes import Form, Point, blend, both, capsule, chain, coverage, ellipse, minus, polygon, ring
from pipelines.sample.textures import CLOTHS, Colour, plain, printed, striped, weave

Painter = Callable[[Canvas, Skeleton, np.random.Generator], None]


@dataclass(frozen=True, slots=True)
class Prop:
    """An accessory.

    Attributes:
        category: COCO category id.
        behind: paints what lies behind the person, if anything.
        front: paints what lies in front, if anything.
        hand: side whose hand closes around it; -1 for none.
    """

    category: int
    behind: Painter | None = None
    front: Painter | None = None
    hand: int = -1


def _cloth(rng: np.random.Generator) -> Colour:
    return CLOTHS[int(rng.integers(len(CLOTHS)))]


def _off(point: Point, unit: float, x: float, y: float) -> Point:
    return point[0] + x * unit, point[1] + y * unit


def backpack(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
    """The bag behind the shoulders: its sides and top show."""
    u = s.unit
    bag = polygon([s.at(-0.62, 1.55), s.at(0.62, 1.55), s.at(0.74, 3.3), s.at(-0.74, 3.3)], 0.22 * u)
    cloth = weave(_cloth(rng), rng)
    paint(canvas, bag, cloth, round_px=0.35 * u)
    for x in (-0.86, 0.86):
        pocket = [s.at(x - 0.1, 2.6), s.at(x + 0.1, 2.6), s.at(x + 0.1, 3.25), s.at(x - 0.1, 3.25)]
        paint(canvas, polygon(pocket, 0.08 * u), cloth, round_px=0.15 * u)


def straps(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
    """The backpack's straps over the chest."""
    u, cloth = s.unit, weave((0.2, 0.2, 0.22), rng)
    for x in STANCE:
        path = [s.at(0.4 * x, 1.36), s.at(0.47 * x, 1.9), s.at(0.5 * x, 2.7)]
        paint(canvas, chain(path, [0.085 * u] * 3), cloth, round_px=0.08 * u)


def handbag(side: int) -> Painter:
    """A bag that hangs from the hand on a strap; background shows between strap and bag."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, hand, leather = s.unit, s.hands[side], weave(_cloth(rng), rng, contrast=0.07)
        top = _off(hand, u, 0, 0.62)
        corners = [_off(top, u, x, y) for x, y in ((-0.42, 0), (0.42, 0), (0.52, 0.68), (-0.52, 0.68))]
        strap = chain([corners[0], _off(hand, u, -0.04, 0.05), _off(hand, u, 0.04, 0.05), corners[1]], [0.035 * u] * 4)
        paint(canvas, strap, leather, round_px=0.04 * u)
        paint(canvas, polygon(corners, 0.08 * u), leather, round_px=0.2 * u)
        paint(canvas, ellipse(_off(top, u, 0, 0.12), 0.07 * u, 0.05 * u), plain((0.85, 0.7, 0.35), 0.4), shadow=0.2)

    return painter


def crossbody(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
    """A small bag at the hip, its strap across the chest."""
    u, leather = s.unit, weave(_cloth(rng), rng, contrast=0.07)
    strap = chain([s.at(-0.45, 1.38), s.at(0.05, 2.3), s.at(0.5, 3.3)], [0.045 * u] * 3)
    paint(canvas, strap, leather, round_px=0.05 * u)
    bag = polygon([s.at(0.22, 3.3), s.at(0.86, 3.3), s.at(0.9, 3.85), s.at(0.2, 3.85)], 0.08 * u)
    paint(canvas, bag, leather, round_px=0.2 * u)
    paint(canvas, polygon([s.at(0.2, 3.25), s.at(0.88, 3.25), s.at(0.54, 3.66)], 0.06 * u), leather, round_px=0.1 * u)


def tie(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
    """A tie; lies inside the person."""
    u, cloth = s.unit, striped(_cloth(rng), _cloth(rng), rng, max(round(s.unit / 14), 2))
    blade = polygon([s.at(-0.05, 1.52), s.at(0.05, 1.52), s.at(0.13, 2.7), s.at(0, 2.9), s.at(-0.13, 2.7)], 0.01 * u)
    knot = polygon([s.at(-0.1, 1.38), s.at(0.1, 1.38), s.at(0.05, 1.56), s.at(-0.05, 1.56)], 0.02 * u)
    paint(canvas, blade, cloth, round_px=0.12 * u)
    paint(canvas, knot, cloth, round_px=0.1 * u)


def umbrella(side: int) -> Painter:
    """An open umbrella over the head: mostly outside the person."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, hand = s.unit, s.hands[side]
        top = (0.45 * hand[0] + 0.55 * s.head[0], s.head[1] - 1.35 * u)
        steel, dark = plain((0.72, 0.73, 0.75), 0.5), plain((0.16, 0.16, 0.18))
        paint(canvas, capsule(_off(hand, u, 0, 0.25), top, 0.035 * u, 0.03 * u), steel, round_px=0.04 * u)
        above = polygon([_off(top, u, x, y) for x, y in ((-2, -1), (2, -1), (2, 0.62), (-2, 0.62))])
        dome = both(ellipse(_off(top, u, 0, 0.75), 1.75 * u, 0.95 * u), above)
        for x in (-1.3, -0.44, 0.44, 1.3):  # scallops between the ribs
            dome = minus(dome, ellipse(_off(top, u, x, 0.7), 0.45 * u, 0.2 * u))
        paint(canvas, dome, weave(_cloth(rng), rng, contrast=0.06), round_px=0.8 * u)
        for x in (-0.87, 0.0, 0.87):
            rib = chain([_off(top, u, 0, -0.16), _off(top, u, 0.75 * x, 0.1), _off(top, u, x, 0.56)], [0.014 * u] * 3)
            paint(canvas, rib, dark, opacity=0.5, shadow=0.2)
        paint(canvas, capsule(_off(top, u, 0, -0.36), _off(top, u, 0, -0.18), 0.02 * u, 0.03 * u), steel)

    return painter


def glass(canvas: Canvas, form: Form, tint: Colour, opacity: float, rim: float) -> None:
    """Something seen through: faint inside, brighter and denser along the outline."""
    paint(canvas, form, plain(tint, 0.35, ambient=0.8), opacity=opacity, shadow=0)
    paint(canvas, ring(form, rim), plain((0.93, 0.95, 0.96), ambient=0.9), opacity=0.55, shadow=0)


def wine_glass(side: int) -> Painter:
    """A glass held by its stem: bowl nearly clear, wine denser."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, clear = s.unit, (0.86, 0.9, 0.92)
        foot = _off(s.hands[side], u, 0.02, 0.22)
        centre = _off(foot, u, 0, -0.95)

        def below(y: float) -> Form:
            return polygon([_off(centre, u, x, y) for x, y in ((-1, y), (1, y), (1, 1), (-1, 1))])

        glass(canvas, ellipse(foot, 0.24 * u, 0.05 * u), clear, 0.45, max(0.025 * u, 1))
        glass(canvas, capsule(foot, _off(centre, u, 0, 0.34), 0.025 * u, 0.03 * u), clear, 0.6, max(0.015 * u, 0.8))
        glass(canvas, both(ellipse(centre, 0.3 * u, 0.4 * u), below(-0.3)), clear, 0.3, max(0.03 * u, 1))
        wine = (0.42, 0.04, 0.1) if rng.random() < 0.6 else (0.9, 0.8, 0.45)
        paint(canvas, both(ellipse(centre, 0.27 * u, 0.37 * u), below(0.02)), plain(wine, 0.2), opacity=0.6, shadow=0)
        spots = [_off(centre, u, x, y) for x, y in ((-0.17, -0.18), (-0.2, 0), (-0.16, 0.16))]
        paint(canvas, chain(spots, [0.02 * u] * 3), plain((1, 1, 1), ambient=1), opacity=0.7, shadow=0)

    return painter


def bottle(side: int) -> Painter:
    """A bottle of tinted glass with a label, held around its body."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, hand = s.unit, s.hands[side]
        tint = ((0.16, 0.36, 0.2), (0.55, 0.75, 0.86), (0.45, 0.25, 0.1))[int(rng.integers(3))]
        corners = [_off(hand, u, x, y) for x, y in ((-0.14, -0.3), (0.14, -0.3), (0.14, 0.45), (-0.14, 0.45))]
        neck = capsule(_off(hand, u, 0, -0.4), _off(hand, u, 0, -0.85), 0.13 * u, 0.07 * u)
        glass(canvas, blend([polygon(corners, 0.06 * u), neck], 0.12 * u), tint, 0.55, max(0.035 * u, 1))
        label = polygon([_off(hand, u, x, y) for x, y in ((-0.19, 0.08), (0.19, 0.08), (0.19, 0.36), (-0.19, 0.36))])
        paint(canvas, label, printed(rng, 60), round_px=0.15 * u, shadow=0)
        cap = capsule(_off(hand, u, 0, -0.9), _off(hand, u, 0, -0.84), 0.075 * u, 0.075 * u)
        paint(canvas, cap, plain((0.8, 0.75, 0.3)), round_px=0.08 * u)

    return painter


def cup(side: int) -> Painter:
    """A mug with a handle one can look through."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, hand, glaze = s.unit, s.hands[side], plain(_cloth(rng), 0.3)
        handle = ring(ellipse(_off(hand, u, STANCE[side] * 0.3, -0.08), 0.19 * u, 0.17 * u), max(0.055 * u, 1))
        paint(canvas, handle, glaze, round_px=0.04 * u)
        corners = [_off(hand, u, x, y) for x, y in ((-0.2, -0.3), (0.2, -0.3), (0.17, 0.16), (-0.17, 0.16))]
        paint(canvas, polygon(corners, 0.04 * u), glaze, round_px=0.2 * u)
        paint(canvas, ellipse(_off(hand, u, 0, -0.32), 0.22 * u, 0.05 * u), plain((0.28, 0.16, 0.09)), shadow=0)

    return painter


def racket(side: int) -> Painter:
    """A tennis racket: strings thinner than a pixel that an annotator outlines as a disc."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, wrist, hand = s.unit, s.wrists[side], s.hands[side]
        dx, dy = (hand[0] - wrist[0]) / (0.3 * u), (hand[1] - wrist[1]) / (0.3 * u)
        butt, throat, centre = _off(hand, u, -0.25 * dx, -0.25 * dy), _off(hand, u, dx, dy), _off(
            hand, u, 1.62 * dx, 1.62 * dy
        )  # fmt: skip
        head = ellipse(centre, 0.7 * u, 0.54 * u, float(np.degrees(np.arctan2(dy, dx))))
        thin = float(np.clip(0.018 * u, 0.4, 2))
        strings = _strings(centre, (dx, dy), u)
        draw_strands(canvas, strings, thin, (0.9, 0.9, 0.85), rng, opacity=(0.75, 0.95), groups=2)
        frame = plain(_cloth(rng), 0.4)
        paint(canvas, ring(head, 0.09 * u), frame, round_px=0.05 * u, shadow=0)
        for across in STANCE:
            arm = _off(centre, u, -0.58 * dx - 0.3 * across * dy, -0.58 * dy + 0.3 * across * dx)
            paint(canvas, capsule(throat, arm, 0.045 * u, 0.04 * u), frame, round_px=0.05 * u, shadow=0)
        paint(canvas, capsule(hand, throat, 0.06 * u, 0.05 * u), frame, round_px=0.06 * u)
        paint(canvas, capsule(butt, hand, 0.085 * u, 0.075 * u), weave((0.18, 0.17, 0.16), rng), round_px=0.08 * u)
        _outline_solid(canvas, head)

    return painter


def _strings(centre: Point, along: Point, unit: float) -> Curves:
    """(n, 2, 2) float32 chords of the racket's head, in both directions."""
    chords = []
    ax, ay = along
    for radius, reach, tx, ty in ((0.52, 0.68, ax, ay), (0.68, 0.52, -ay, ax)):
        for f in np.linspace(-0.9, 0.9, 15):
            half = reach * float(np.sqrt(1 - f * f))
            mid = _off(centre, unit, -f * radius * ty, f * radius * tx)
            chords.append([_off(mid, unit, e * half * tx, e * half * ty) for e in (-1, 1)])
    return np.asarray(chords, np.float32)


def _outline_solid(canvas: Canvas, form: Form) -> None:
    """Let an annotator take all of ``form`` for the object."""
    rows, columns = canvas.window(form.box, 2)
    if rows.start < rows.stop and columns.start < columns.stop:
        inside = coverage(form.distance(*canvas.centres(rows, columns)))
        canvas.solid[rows, columns] = np.maximum(canvas.solid[rows, columns], inside)


def glove(side: int) -> Painter:
    """A baseball glove on the hand."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        u, hand, leather = s.unit, s.hands[side], weave((0.5, 0.28, 0.13), rng)
        fingers = [
            capsule(hand, _off(hand, u, 0.5 * float(np.sin(a)), -0.52 * float(np.cos(a))), 0.13 * u, 0.1 * u)
            for a in np.radians([-62, -22, 8, 36, 66])
        ]
        form = blend([ellipse(hand, 0.34 * u, 0.36 * u), *fingers], 0.06 * u)
        paint(canvas, form, leather, round_px=0.14 * u)
        paint(canvas, ellipse(_off(hand, u, 0, -0.05), 0.2 * u, 0.2 * u), plain((0.36, 0.19, 0.09)), shadow=0.2)

    return painter


def ball(centre: Point, radius: float) -> Painter:
    """A football that touches nobody."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        disc = ellipse(centre, radius, radius)
        paint(canvas, disc, plain((0.93, 0.93, 0.9), 0.2), round_px=radius, shadow=0)
        for x, y in ((0, 0), (0.75, -0.35), (-0.75, -0.3), (0.4, 0.78), (-0.45, 0.75), (0, -0.9)):
            spot = ellipse(_off(centre, radius, x, y), 0.27 * radius, 0.27 * radius)
            paint(canvas, both(spot, disc), plain((0.12, 0.12, 0.13)), round_px=radius, shadow=0)

    return painter


PROPS: dict[str, Prop] = {
    "backpack": Prop(27, backpack, straps),
    "umbrella": Prop(28, umbrella(1), None, 1),
    "handbag": Prop(31, None, handbag(0), 0),
    "crossbody": Prop(31, None, crossbody),
    "tie": Prop(32, None, tie),
    "glove": Prop(40, None, glove(0)),
    "racket": Prop(43, None, racket(1), 1),
    "bottle": Prop(44, None, bottle(1), 1),
    "wine glass": Prop(46, None, wine_glass(1), 1),
    "cup": Prop(47, None, cup(1), 1),
}
