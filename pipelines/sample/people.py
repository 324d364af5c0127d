"""People: a skeleton that a pose bends, and the body, clothes and hair painted on it.

Lengths count in heads ("units"); a standing person is 7.5 of them tall. Sides: 0 is the image's left, 1 its right.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.sample.edges import draw_strands, falling, fringe
from pipelines.sample.layers import Canvas, Material, blur, lay, paint, shutter
from pipelines.sample.shapes import Form, Point, blend, both, capsule, chain, ellipse, minus, polygon
from pipelines.sample.textures import (
    CLOTHS,
    HAIRS,
    SKINS,
    TROUSERS,
    Colour,
    pelt,
    plain,
    printed,
    skin,
    striped,
    weave,
)

HEADS = 7.5
"""Height of a person in heads."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Angles in degrees from straight down, outwards positive: upper arm and forearm, thigh and shin, per side."""

    arms: tuple[tuple[float, float], tuple[float, float]]
    legs: tuple[tuple[float, float], tuple[float, float]] = ((5, 3), (5, 3))
    lean: float = 0.0
    tilt: float = 0.0
    waist: float = 1.0
    """Width of the body against its height; below one from the side."""


POSES: dict[str, Pose] = {
    "stand": Pose(((14, 8), (12, 4))),
    "hip": Pose(((48, -58), (14, 6)), ((10, 4), (6, 2)), lean=-2, tilt=4),
    "akimbo": Pose(((50, -60), (50, -60)), ((12, 8), (12, 8))),
    "walk": Pose(((26, 4), (30, 52)), ((24, 8), (20, 30)), lean=3),
    "run": Pose(((52, -20), (46, 110)), ((44, 18), (30, 68)), lean=9, tilt=6),
    "raised": Pose(((158, 172), (150, 166)), ((9, 5), (9, 5))),
    "wave": Pose(((16, 8), (128, 164)), ((8, 4), (6, 3)), tilt=-5),
    "toast": Pose(((18, 10), (34, 148)), ((7, 4), (8, 5)), tilt=3),
    "hold": Pose(((20, 6), (24, 122)), ((6, 4), (7, 3))),
    "carry": Pose(((17, 12), (17, 10)), ((12, 4), (10, 14)), lean=1),
    "swing": Pose(((36, 96), (80, 128)), ((22, 12), (26, 18)), lean=-5),
    "star": Pose(((112, 122), (108, 118)), ((20, 18), (20, 18))),
    "bust": Pose(((13, 4), (12, 2)), tilt=3),
    "bust-hip": Pose(((40, -40), (15, 6)), tilt=-4),
}
STANCE = (-1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Joints in image pixels; pairs are (left, right) in the image."""

    unit: float
    head: Point
    neck: Point
    pelvis: Point
    shoulders: tuple[Point, Point]
    elbows: tuple[Point, Point]
    wrists: tuple[Point, Point]
    hands: tuple[Point, Point]
    hips: tuple[Point, Point]
    knees: tuple[Point, Point]
    ankles: tuple[Point, Point]
    tilt: float
    waist: float

    def at(self, x: float, y: float) -> Point:
        """The point ``x`` heads right of the spine and ``y`` heads below the crown, along the leaning spine."""
        share = (y - 1.3) / 2.5
        px = self.neck[0] + (self.pelvis[0] - self.neck[0]) * share
        return px + x * self.unit * self.waist, self.neck[1] + (y - 1.3) * self.unit


def step(start: Point, side: int, degrees: float, length: float) -> Point:
    """The end of a bone."""
    a = np.radians(degrees)
    return start[0] + STANCE[side] * float(np.sin(a)) * length, start[1] + float(np.cos(a)) * length


def between(a: Point, b: Point, share: float) -> Point:
    """The point that lies ``share`` of the way from ``a`` to ``b``."""
    return a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share


def skeleton(pose: Pose, x: float, soles: float, height: float, rng: np.random.Generator) -> Skeleton:
    """Bend a skeleton.

    Args:
        pose: angles, varied a little.
        x: of the pelvis, pixels.
        soles: y of the ground, pixels.
        height: of the person standing, pixels.
        rng: source of the variation.
    """
    u = height / HEADS
    jitter = rng.normal(0, 2.5, 10)
    drop = max(_leg_drop(pose, 0), _leg_drop(pose, 1))
    pelvis = (x, soles - drop * u)
    slope = float(np.tan(np.radians(pose.lean + jitter[8] / 2)))
    neck = (x + slope * 2.5 * u, pelvis[1] - 2.45 * u)
    tilt = pose.tilt + float(jitter[9])
    head = (neck[0] + float(np.sin(np.radians(tilt + pose.lean))) * 0.7 * u, neck[1] - 0.7 * u)
    w = pose.waist
    shoulders = ((neck[0] - 0.72 * w * u, neck[1] + 0.38 * u), (neck[0] + 0.72 * w * u, neck[1] + 0.38 * u))
    hips = ((x - 0.3 * w * u, pelvis[1]), (x + 0.3 * w * u, pelvis[1]))
    arms = [_arm(shoulders[s], s, pose.arms[s], jitter[2 * s : 2 * s + 2], u) for s in (0, 1)]
    legs = [_leg(hips[s], s, pose.legs[s], jitter[4 + 2 * s : 6 + 2 * s] / 2, u) for s in (0, 1)]
    return Skeleton(
        u, head, neck, pelvis, shoulders, (arms[0][0], arms[1][0]), (arms[0][1], arms[1][1]),
        (arms[0][2], arms[1][2]), hips, (legs[0][0], legs[1][0]), (legs[0][1], legs[1][1]), tilt, w,
    )  # fmt: skip


def _leg_drop(pose: Pose, side: int) -> float:
    thigh, shin = np.radians(pose.legs[side])
    return float(1.75 * np.cos(thigh) + 1.65 * np.cos(shin)) + 0.22


def _arm(
    shoulder: Point, side: int, angles: tuple[float, float], jitter: NDArray[np.float64], u: float
) -> tuple[Point, ...]:
    elbow = step(shoulder, side, angles[0] + jitter[0], 1.3 * u)
    wrist = step(elbow, side, angles[1] + jitter[1], 1.1 * u)
    return elbow, wrist, step(wrist, side, angles[1] + jitter[1], 0.3 * u)


def _leg(
    hip: Point, side: int, angles: tuple[float, float], jitter: NDArray[np.float64], u: float
) -> tuple[Point, ...]:
    knee = step(hip, side, angles[0] + jitter[0], 1.75 * u)
    return knee, step(knee, side, angles[1] + jitter[1], 1.65 * u)


@dataclass(frozen=True, slots=True)
class Look:
    """What a person wears.

    Attributes:
        skin, top, lower, shoes, pelt: materials.
        hair: style, see ``HAIR``.
        hair_colour: mean colour of the strands.
        outfit: "shirt", "tee", "dress", "coat", "suit" or "shorts".
        fur: where fur trims: any of "collar", "hem", "hat", "cuffs".
    """

    skin: Material
    top: Material
    lower: Material
    shoes: Material
    pelt: Material
    fur_colour: Colour
    hair: str
    hair_colour: Colour
    outfit: str
    fur: tuple[str, ...] = field(default=())

    @property
    def long_sleeves(self) -> bool:
        """Whether sleeves reach the wrist."""
        return self.outfit in ("shirt", "coat", "suit")


def look(hair: str, outfit: str, fur: tuple[str, ...], rng: np.random.Generator) -> Look:
    """Draw colours and cloths."""

    def pick(colours: tuple[Colour, ...]) -> Colour:
        return colours[int(rng.integers(len(colours)))]

    tone, colour, other = pick(SKINS), pick(CLOTHS), pick(CLOTHS)
    kind = rng.random()
    top = weave(colour, rng)
    if outfit == "suit":
        top = weave(pick(((0.17, 0.19, 0.24), (0.24, 0.25, 0.28), (0.2, 0.2, 0.35))), rng, contrast=0.07)
    elif outfit != "coat" and kind < 0.25:
        top = striped(colour, other, rng, 7)
    elif outfit != "coat" and kind < 0.5:
        top = printed(rng)
    lower = top if outfit in ("dress", "suit") else weave(pick(TROUSERS), rng)
    fur_colour = pick(((0.62, 0.52, 0.42), (0.85, 0.82, 0.77), (0.35, 0.27, 0.21)))
    return Look(
        skin(tone, rng), top, lower, plain(pick(((0.12, 0.1, 0.1), (0.35, 0.2, 0.12), (0.85, 0.85, 0.87))), 0.15),
        pelt(fur_colour, rng), fur_colour, hair, pick(HAIRS), outfit, fur,
    )  # fmt: skip


def torso_form(s: Skeleton) -> Form:
    """Shoulders to hips."""
    u = s.unit
    return blend(
        [
            polygon([s.at(-0.5, 1.62), s.at(0.5, 1.62), s.at(0.34, 2.9), s.at(-0.34, 2.9)], 0.22 * u),
            polygon([s.at(-0.34, 2.9), s.at(0.34, 2.9), s.at(0.4, 3.8), s.at(-0.4, 3.8)], 0.18 * u),
            capsule(s.shoulders[0], s.at(0, 1.55), 0.25 * u, 0.3 * u),
            capsule(s.shoulders[1], s.at(0, 1.55), 0.25 * u, 0.3 * u),
        ],
        0.25 * u,
    )


def skirt_form(s: Skeleton, bottom: float, flare: float) -> Form:
    """A skirt or the lower part of a coat, down to ``bottom`` heads below the crown."""
    left, right = s.at(-flare, bottom), s.at(flare, bottom)
    return polygon([s.at(-0.42, 3.0), s.at(0.42, 3.0), right, left], 0.1 * s.unit)


def paint_body(canvas: Canvas, s: Skeleton, wear: Look, rng: np.random.Generator, moving: int = -1) -> None:
    """Paint a person, back to front.

    Args:
        canvas: changed in place.
        s: joints.
        wear: clothes and hair.
        rng: source of hair and fur.
        moving: side of the arm that moves during the exposure; -1 for none.
    """
    back_hair(canvas, s, wear, rng)
    for side in (0, 1):
        paint_leg(canvas, s, wear, side)
    paint_trunk(canvas, s, wear, rng)
    paint_head(canvas, s, wear)
    front_hair(canvas, s, wear, rng)
    for side in (0, 1):
        if side == moving:
            arm = canvas.like()
            paint_arm(arm, s, wear, side, rng)
            across = np.degrees(np.arctan2(s.hands[side][1] - s.elbows[side][1], s.hands[side][0] - s.elbows[side][0]))
            blur(arm, shutter(max(0.42 * s.unit, 6), float(across) + 90))
            lay(canvas, arm)
        else:
            paint_arm(canvas, s, wear, side, rng)


def paint_leg(canvas: Canvas, s: Skeleton, wear: Look, side: int) -> None:
    """Leg, trouser and shoe of one side."""
    u, hip, knee, ankle = s.unit, s.hips[side], s.knees[side], s.ankles[side]
    bare = wear.outfit in ("dress", "shorts")
    if bare:
        form = chain([hip, knee, ankle], [0.33 * u, 0.21 * u, 0.12 * u], 0.12 * u)
        paint(canvas, form, wear.skin, round_px=0.24 * u, shadow=0.2)
        if wear.outfit == "shorts":
            paint(canvas, capsule(hip, knee, 0.38 * u, 0.31 * u), wear.lower, round_px=0.3 * u)
    toe = (ankle[0] + STANCE[side] * 0.2 * u, ankle[1] + 0.14 * u)
    paint(canvas, chain([ankle, toe], [0.15 * u, 0.11 * u], 0.05 * u), wear.shoes, round_px=0.12 * u)
    if not bare:
        form = chain([hip, knee, ankle], [0.37 * u, 0.26 * u, 0.2 * u], 0.12 * u)
        paint(canvas, form, wear.lower, round_px=0.26 * u)


def paint_trunk(canvas: Canvas, s: Skeleton, wear: Look, rng: np.random.Generator) -> None:
    """Neck, torso, skirts, collars."""
    u = s.unit
    paint(canvas, capsule(s.at(0, 0.85), s.at(0, 1.5), 0.2 * u, 0.24 * u), wear.skin, round_px=0.2 * u)
    if wear.outfit in ("shirt", "tee", "shorts"):
        # The hips of the trousers, below the shirt's hem.
        paint(canvas, capsule(s.hips[0], s.hips[1], 0.36 * u, 0.36 * u), wear.lower, round_px=0.4 * u)
    neckline = ellipse(s.at(0, 1.3), 0.3 * u, 0.3 * u) if wear.outfit != "coat" else ellipse(s.at(0, 1.2), 1, 1)
    body = torso_form(s)
    bottom, flare = (5.2, 0.85) if wear.outfit == "dress" else (5.0, 0.68)
    if wear.outfit in ("dress", "coat"):
        body = blend([body, skirt_form(s, bottom, flare)], 0.25 * u)
    elif wear.outfit == "suit":
        body = blend(
            [body, polygon([s.at(-0.36, 3.2), s.at(0.36, 3.2), s.at(0.44, 4.15), s.at(-0.44, 4.15)], 0.14 * u)]
        )
    paint(canvas, minus(body, neckline), wear.top, round_px=0.5 * u)
    if wear.outfit == "suit":
        shirt = polygon([s.at(-0.2, 1.36), s.at(0.2, 1.36), s.at(0.02, 2.55), s.at(-0.02, 2.55)])
        paint(canvas, both(shirt, body), plain((0.9, 0.9, 0.92)), round_px=0.5 * u, shadow=0.1)
    if "hem" in wear.fur:
        fur_along(canvas, [s.at(-flare, bottom), s.at(flare, bottom)], 0.13, wear, s, rng)
    if "collar" in wear.fur:
        fur_along(canvas, [s.at(-0.36, 1.42), s.at(0, 1.72), s.at(0.36, 1.42)], 0.2, wear, s, rng)
        fur_along(canvas, [s.at(0, 1.72), s.at(0.03, 3.3)], 0.1, wear, s, rng)


def paint_arm(canvas: Canvas, s: Skeleton, wear: Look, side: int, rng: np.random.Generator) -> None:
    """Arm, sleeve and hand of one side."""
    u, shoulder, elbow, wrist = s.unit, s.shoulders[side], s.elbows[side], s.wrists[side]
    paint_hand(canvas, s, wear, side)
    if wear.long_sleeves:
        form = chain([shoulder, elbow, wrist], [0.25 * u, 0.2 * u, 0.15 * u], 0.1 * u)
        paint(canvas, form, wear.top, round_px=0.2 * u)
    else:
        form = chain([shoulder, elbow, wrist], [0.2 * u, 0.16 * u, 0.1 * u], 0.1 * u)
        paint(canvas, form, wear.skin, round_px=0.17 * u)
        middle = between(shoulder, elbow, 0.5)
        paint(canvas, capsule(shoulder, middle, 0.235 * u, 0.22 * u), wear.top, round_px=0.24 * u)
    if "cuffs" in wear.fur:
        fur_along(canvas, [wrist, between(wrist, elbow, 0.2)], 0.15, wear, s, rng)


def paint_hand(canvas: Canvas, s: Skeleton, wear: Look, side: int) -> None:
    """Palm, fingers and thumb; drawn on its own canvas it lies over what the hand holds."""
    u, wrist, hand = s.unit, s.wrists[side], s.hands[side]
    dx, dy = (hand[0] - wrist[0]) / (0.3 * u), (hand[1] - wrist[1]) / (0.3 * u)
    across = (-dy * STANCE[side], dx * STANCE[side])
    fingers = [
        capsule(hand, (hand[0] + u * (0.2 * dx + f * across[0]), hand[1] + u * (0.2 * dy + f * across[1])), 0.06 * u,
                0.042 * u)
        for f in (-0.1, -0.035, 0.035, 0.1)
    ]  # fmt: skip
    thumb = capsule(
        (wrist[0] + 0.12 * u * dx, wrist[1] + 0.12 * u * dy),
        (hand[0] + u * 0.17 * across[0], hand[1] + u * 0.17 * across[1]), 0.06 * u, 0.045 * u,
    )  # fmt: skip
    palm = chain([wrist, hand], [0.1 * u, 0.13 * u])
    paint(canvas, blend([palm, *fingers, thumb], 0.04 * u), wear.skin, round_px=0.1 * u, shadow=0.2)


def paint_head(canvas: Canvas, s: Skeleton, wear: Look) -> None:
    """Skull, jaw, ears and a plain face."""
    u, (x, y) = s.unit, s.head
    jaw = ellipse((x, y + 0.16 * u), 0.28 * u, 0.34 * u, s.tilt)
    ears = [ellipse((x + side * 0.36 * u, y + 0.05 * u), 0.06 * u, 0.11 * u) for side in STANCE]
    skull = blend([ellipse((x, y - 0.05 * u), 0.355 * u, 0.42 * u, s.tilt), jaw], 0.1 * u)
    paint(canvas, blend(ears), wear.skin, round_px=0.05 * u, shadow=0)
    paint(canvas, skull, wear.skin, round_px=0.36 * u)
    if u < 9:
        return
    dark, lip = plain((0.12, 0.08, 0.06), ambient=0.9), plain((0.62, 0.27, 0.25), ambient=0.8)
    for side in STANCE:
        ex = x + side * 0.145 * u
        white = plain((0.93, 0.92, 0.9), ambient=0.9)
        paint(canvas, ellipse((ex, y + 0.02 * u), 0.068 * u, 0.029 * u), white, shadow=0.1)
        paint(canvas, ellipse((ex + 0.008 * u, y + 0.02 * u), 0.03 * u, 0.03 * u), dark, shadow=0)
        brow = chain(
            [(ex - 0.085 * u, y - 0.06 * u), (ex, y - 0.085 * u), (ex + 0.085 * u, y - 0.06 * u)], [0.012 * u] * 3
        )
        paint(canvas, brow, plain(wear.hair_colour), shadow=0, opacity=0.8)
    nose = blend([capsule((x, y), (x, y + 0.15 * u), 0.02 * u, 0.055 * u)])
    paint(canvas, nose, wear.skin, round_px=0.09 * u, shadow=0.12, opacity=0.7)
    paint(canvas, ellipse((x, y + 0.29 * u), 0.1 * u, 0.03 * u), lip, shadow=0.08)
    paint(canvas, capsule((x - 0.1 * u, y + 0.288 * u), (x + 0.1 * u, y + 0.288 * u), 0.006 * u, 0.006 * u), dark,
          shadow=0, opacity=0.6)  # fmt: skip


@dataclass(frozen=True, slots=True)
class HairStyle:
    """How hair falls, in heads; see ``edges.falling``."""

    count: int
    length: float
    spread: float
    curl: float
    wind: float = 0.0
    mass: float = 0.0
    """How far down the dense hair reaches."""


HAIR: dict[str, HairStyle] = {
    "short": HairStyle(160, 0.1, 0.06, 0.03),
    "bob": HairStyle(380, 0.75, 0.16, 0.05, mass=0.6),
    "long": HairStyle(620, 1.9, 0.2, 0.08, mass=1.35),
    "wavy": HairStyle(620, 1.5, 0.32, 0.16, mass=1.0),
    "windy": HairStyle(640, 0.9, 0.28, 0.14, wind=1.5, mass=0.35),
    "gust": HairStyle(560, 0.7, 0.25, 0.12, wind=-1.5, mass=0.3),
    "curly": HairStyle(900, 0.35, 0.32, 0.2, mass=0.3),
    "wild": HairStyle(800, 0.25, 0.5, 0.16, mass=0.25),
    "bald": HairStyle(0, 0, 0, 0),
}


def strand_width(unit: float) -> float:
    """Hairs are drawn in tufts; a tuft is about a fiftieth of the head, down to a quarter of a pixel."""
    return float(np.clip(unit * 0.0075, 0.28, 1.6))


def back_hair(canvas: Canvas, s: Skeleton, wear: Look, rng: np.random.Generator) -> None:
    """Hair behind head and shoulders: the dense part and the strands that leave it."""
    style, u, (x, y) = HAIR[wear.hair], s.unit, s.head
    if style.mass:
        lower = y + style.mass * u
        drift = style.wind * 0.35 * u
        form = blend(
            [
                ellipse((x, y - 0.08 * u), (0.42 + style.spread / 3) * u, (0.47 + style.spread / 4) * u),
                chain([(x - 0.2 * u, y), (x - 0.3 * u + drift, lower)], [0.26 * u, 0.16 * u]),
                chain([(x + 0.2 * u, y), (x + 0.3 * u + drift, lower)], [0.26 * u, 0.16 * u]),
            ],
            0.2 * u,
        )
        dark = plain((wear.hair_colour[0] * 0.75, wear.hair_colour[1] * 0.75, wear.hair_colour[2] * 0.75))
        paint(canvas, form, dark, round_px=0.3 * u)
    scale = float(np.clip(u / 40, 0.4, 2.4))
    curves = falling(
        s.head, u, rng, count=round(style.count * scale), length=style.length, spread=style.spread, curl=style.curl,
        wind=style.wind,
    )  # fmt: skip
    draw_strands(canvas, curves, strand_width(u), wear.hair_colour, rng)


def front_hair(canvas: Canvas, s: Skeleton, wear: Look, rng: np.random.Generator) -> None:
    """The hair line, strands in front of the head, and the hat."""
    style, u, (x, y) = HAIR[wear.hair], s.unit, s.head
    if style.count:
        face = ellipse((x + 0.03 * u, y + 0.3 * u), 0.32 * u, 0.6 * u, s.tilt)
        cap = minus(ellipse((x, y - 0.1 * u), 0.4 * u, 0.44 * u, s.tilt), face)
        paint(canvas, cap, plain(wear.hair_colour), round_px=0.4 * u, shadow=0.2)
        curves = falling(
            (x, y), u, rng, count=round(style.count * 0.35), length=max(style.length * 0.9, 0.12), spread=0.07,
            curl=style.curl, wind=style.wind, fan=80,
        )  # fmt: skip
        # Parted to the sides, so that the face stays free.
        away = np.abs(curves[:, :, 0] - np.float32(x)).min(1) > 0.3 * u
        draw_strands(canvas, curves[away], strand_width(u), wear.hair_colour, rng, groups=5)
        scalp = falling((x, y + 0.02 * u), u, rng, count=700, length=0.4, spread=0.03, curl=0.02, fan=95)
        off_face = ((scalp - np.float32((x + 0.03 * u, y + 0.3 * u))) / np.float32((0.3 * u, 0.58 * u))) ** 2
        scalp = scalp[off_face.sum(2).min(1) > 1]
        draw_strands(canvas, scalp, strand_width(u), wear.hair_colour, rng, opacity=(0.3, 0.6), groups=4)
    if "hat" in wear.fur:
        crown = both(ellipse((x, y - 0.2 * u), 0.45 * u, 0.46 * u), polygon(
            [(x - u, y - u), (x + u, y - u), (x + u, y - 0.2 * u), (x - u, y - 0.2 * u)]
        ))  # fmt: skip
        paint(canvas, crown, wear.top, round_px=0.3 * u)
        brim = [(x - 0.4 * u, y - 0.2 * u), (x, y - 0.26 * u), (x + 0.4 * u, y - 0.2 * u)]
        fur_along(canvas, brim, 0.16, wear, s, rng)


def fur_along(
    canvas: Canvas, path: list[Point], radius: float, wear: Look, s: Skeleton, rng: np.random.Generator
) -> None:
    """A furry tube along a path, ``radius`` heads thick, with hairs that stand off as far again."""
    r = radius * s.unit
    paint(canvas, chain(path, [r * 0.8] * len(path), r * 0.3), wear.pelt, round_px=r)
    ends = np.asarray(path, np.float64)
    length = float(np.hypot(*np.diff(ends, axis=0).T).sum())
    count = int(np.clip(length / max(r, 1) * 260, 120, 2600))
    curves = fringe(ends, r * 1.9, rng, count)
    draw_strands(canvas, curves, strand_width(s.unit), wear.fur_colour, rng, opacity=(0.35, 0.9), groups=7)
