"""People: a skeleton in a pose, dressed, shaded, with hair. Left and right are the image's."""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pipelines.sample import strands
from pipelines.sample.layers import Canvas, Material, blur, lay, paint, shutter
from pipelines.sample.shapes import Form, Point, blend, both, capsule, chain, ellipse, polygon
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

Limb = tuple[float, float]
"""Directions of the upper and lower part in degrees: 0 down, 90 to the right of the image, 180 up."""


@dataclass(frozen=True, slots=True)
class Pose:
    """Directions of all limbs.

    Attributes:
        left_arm, right_arm, left_leg, right_leg: of the limbs on that side of the image.
        lean: of the trunk, to the right.
        turn: 0 seen from the front, towards 1 seen from the side; narrows shoulders and hips.
    """

    left_arm: Limb = (-9, -4)
    right_arm: Limb = (9, 4)
    left_leg: Limb = (-3, -2)
    right_leg: Limb = (3, 2)
    lean: float = 0.0
    turn: float = 0.0


POSES: dict[str, Pose] = {
    "stand": Pose(),
    "hip": Pose(left_arm=(-46, 52), right_arm=(12, 3), left_leg=(-6, -4), right_leg=(8, 3), lean=1),
    "hips": Pose(left_arm=(-48, 50), right_arm=(48, -50), left_leg=(-10, -7), right_leg=(10, 7)),
    "walk": Pose((-30, -8), (24, 46), (-24, -34), (22, 8), 3, 0.55),
    "stride": Pose((-38, 4), (34, 62), (-30, -52), (30, 14), 6, 0.6),
    "run": Pose((-52, -4), (40, 118), (-36, -88), (50, -6), 12, 0.6),
    "sit": Pose((-16, 38), (18, -36), (-44, 4), (48, -2), -2),
    "raise": Pose((-150, -172), (148, 168), (-7, -5), (7, 5)),
    "wave": Pose((-10, -4), (128, 172), (-4, -3), (5, 3), 2),
    "hold": Pose((-12, -2), (16, 142), (-4, -2), (5, 3)),
    "offer": Pose((-14, -6), (44, 108), (-5, -4), (6, 3), 1),
    "swing": Pose((-30, 40), (74, 128), (-18, -12), (20, 12), 5),
    "catch": Pose((-98, -148), (42, 74), (-20, -14), (18, 10), -4),
    "cross": Pose((-26, 78), (26, -74), (-5, -3), (5, 3)),
    "lunge": Pose((-70, -84), (52, 22), (-50, -14), (34, 40), -7),
}


@dataclass(frozen=True, slots=True)
class Look:
    """What a person looks like.

    Attributes:
        skin, hair: colours.
        style: "short", "long", "wild", "curly", "bun" or "hat".
        top: "shirt", "tee", "coat" or "dress".
        cloth, legs, shoes, skin_cloth: materials.
        fur: the coat's, or the hat's, trimming.
        wind: what blows the hair to the right.
        swing: pixels of motion blur of the right arm, as a share of the height.
    """

    skin: Colour
    hair: Colour
    style: str
    top: str
    cloth: Material
    legs: Material
    shoes: Material
    skin_cloth: Material
    fur: Material
    fur_colour: Colour
    wind: float = 0.0
    swing: float = 0.0


def look(rng: np.random.Generator, style: str, top: str, height: float, wind: float, swing: float) -> Look:
    """Random colours and cloth for a person ``height`` pixels tall."""
    tone = SKINS[int(rng.integers(len(SKINS)))]
    colours = [CLOTHS[i] for i in rng.permutation(len(CLOTHS))]
    side = int(np.clip(height / 4, 48, 220))
    kind = rng.random()
    if kind < 0.25:
        cloth = striped(colours[0], colours[1], rng, max(round(height / 75), 3))
    elif kind < 0.5:
        cloth = printed(rng, side)
    else:
        cloth = weave(colours[0], rng, side)
    if top == "coat":
        cloth = weave(colours[2], rng, side, 0.08)
    fur_colour = ((0.82, 0.74, 0.62), (0.45, 0.36, 0.28), (0.88, 0.86, 0.82))[int(rng.integers(3))]
    return Look(
        tone, HAIRS[int(rng.integers(len(HAIRS)))], style, top, cloth,
        weave(TROUSERS[int(rng.integers(len(TROUSERS)))], rng, side, 0.1),
        plain((0.16, 0.13, 0.12) if rng.random() < 0.6 else (0.82, 0.8, 0.78), 0.15),
        skin(tone, rng), pelt(fur_colour, rng), fur_colour, wind, swing,
    )  # fmt: skip


@dataclass(slots=True)
class Body:
    """Where a posed person's joints are, in image pixels.

    Attributes:
        h: standing height.
        hip, neck, head: along the trunk.
        left, right: shoulder, elbow, wrist, hand of each arm.
        left_leg, right_leg: hip joint, knee, ankle, toe.
    """

    h: float
    hip: Point
    neck: Point
    head: Point
    left: list[Point] = field(default_factory=list)
    right: list[Point] = field(default_factory=list)
    left_leg: list[Point] = field(default_factory=list)
    right_leg: list[Point] = field(default_factory=list)

    def box(self, margin: float) -> tuple[float, float, float, float]:
        """x0, y0, x1, y1 around all joints."""
        points = np.array([self.head, self.hip, *self.left, *self.right, *self.left_leg, *self.right_leg])
        low, high = points.min(0) - margin, points.max(0) + margin
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def step(start: Point, degrees: float, length: float) -> Point:
    """The point ``length`` away; 0 degrees is down, 90 to the right."""
    return start[0] + length * float(np.sin(np.radians(degrees))), start[1] + length * float(np.cos(np.radians(degrees)))


def posed(pose: Pose, foot: Point, h: float) -> Body:
    """Place a skeleton ``h`` pixels tall so that its lowest ankle stands at ``foot``."""
    hip = (0.0, 0.0)
    neck = step(hip, 180 - pose.lean, 0.335 * h)
    head = step(neck, 180 - pose.lean * 1.3, 0.105 * h)
    body = Body(h, hip, neck, head)
    wide = 1 - 0.55 * pose.turn
    for side, arm, leg in ((-1, pose.left_arm, pose.left_leg), (1, pose.right_arm, pose.right_leg)):
        shoulder = (neck[0] + side * 0.094 * h * wide, neck[1] + 0.043 * h)
        elbow = step(shoulder, arm[0], 0.165 * h)
        wrist = step(elbow, arm[1], 0.145 * h)
        joint = (hip[0] + side * 0.044 * h * wide, hip[1] + 0.01 * h)
        knee = step(joint, leg[0], 0.24 * h)
        ankle = step(knee, leg[1], 0.23 * h)
        arm_points = [shoulder, elbow, wrist, step(wrist, arm[1], 0.045 * h)]
        toe = (ankle[0] + (0.055 if pose.turn > 0.3 else side * 0.028) * h, ankle[1] + 0.026 * h)
        if side < 0:
            body.left, body.left_leg = arm_points, [joint, knee, ankle, toe]
        else:
            body.right, body.right_leg = arm_points, [joint, knee, ankle, toe]
    low = max((body.left_leg[2], body.right_leg[2]), key=lambda p: p[1])
    return _moved(body, foot[0] - (hip[0] + low[0]) / 2, foot[1] - 0.03 * h - low[1])


def _moved(body: Body, dx: float, dy: float) -> Body:
    def to(p: Point) -> Point:
        return p[0] + dx, p[1] + dy

    limbs = {name: [to(p) for p in getattr(body, name)] for name in ("left", "right", "left_leg", "right_leg")}
    return replace(body, hip=to(body.hip), neck=to(body.neck), head=to(body.head), **limbs)


def draw_person(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """Paint a dressed person, back to front: hair behind, legs, trunk, head, arms."""
    _hair_behind(canvas, body, style, rng)
    _legs(canvas, body, style)
    _trunk(canvas, body, style)
    _head(canvas, body, style)
    _hair_in_front(canvas, body, style, rng)
    _arm(canvas, body, body.left, style)
    if style.swing:
        _smeared_arm(canvas, body, style)
    else:
        _arm(canvas, body, body.right, style)
    if style.top == "coat":
        _fur_collar(canvas, body, style, rng)


def _smeared_arm(canvas: Canvas, body: Body, style: Look) -> None:
    """The right arm in motion: its colour and alpha run along a line across it."""
    limb = canvas.like()
    _arm(limb, body, body.right, style)
    shoulder, hand = body.right[0], body.right[3]
    across = np.degrees(np.arctan2(hand[1] - shoulder[1], hand[0] - shoulder[0])) + 90
    # The shoulder does not move: only what is away from it is smeared.
    still = limb.like()
    paint(still, capsule(shoulder, shoulder, 0.05 * body.h, 0.05 * body.h), style.cloth, shadow=0)
    blur(limb, shutter(style.swing * body.h, float(across)))
    lay(canvas, still)
    lay(canvas, limb)


def _legs(canvas: Canvas, body: Body, style: Look) -> None:
    h = body.h
    bare = style.top == "dress"
    for leg in (body.left_leg, body.right_leg):
        cloth = style.skin_cloth if bare else style.legs
        shoe = blend([capsule((leg[2][0], leg[2][1] + 0.012 * h), leg[3], 0.021 * h, 0.017 * h)])
        if bare:
            paint(canvas, shoe, style.shoes)
        paint(canvas, chain(leg[:3], [0.051 * h, 0.036 * h, 0.022 * h if bare else 0.027 * h], 0.02 * h), cloth)
        if not bare:
            paint(canvas, shoe, style.shoes)


def _trunk_form(body: Body) -> Form:
    """Chest, waist and pelvis with sloping shoulders."""
    h, hip, neck = body.h, body.hip, body.neck
    middle = (hip[0] * 0.55 + neck[0] * 0.45, hip[1] * 0.55 + neck[1] * 0.45)
    left, right = body.left[0], body.right[0]
    half = abs(right[0] - left[0]) / 2
    chest = (neck[0] * 0.8 + hip[0] * 0.2, neck[1] * 0.8 + hip[1] * 0.2)
    return blend([
        capsule((left[0] + 0.012 * h, left[1]), (right[0] - 0.012 * h, right[1]), 0.036 * h, 0.036 * h),
        capsule((neck[0], neck[1] + 0.012 * h), chest, 0.03 * h, half * 0.85 + 0.01 * h),
        capsule(chest, middle, half * 0.85 + 0.01 * h, half * 0.6 + 0.022 * h),
        capsule(middle, (hip[0], hip[1] + 0.02 * h), half * 0.6 + 0.022 * h, half * 0.66 + 0.028 * h),
    ], 0.03 * h)  # fmt: skip


def _trunk(canvas: Canvas, body: Body, style: Look) -> None:
    h, hip, neck = body.h, body.hip, body.neck
    form = _trunk_form(body)
    if style.top in ("coat", "dress"):
        reach = 0.2 if style.top == "coat" else 0.24
        flare = 0.125 if style.top == "coat" else 0.17
        w = abs(body.right[0][0] - body.left[0][0]) / 2 * 0.72
        skirt = polygon([
            (hip[0] - w, hip[1] - 0.08 * h), (hip[0] + w, hip[1] - 0.08 * h), (hip[0] + flare * h, hip[1] + reach * h),
            (hip[0], hip[1] + (reach + 0.015) * h), (hip[0] - flare * h, hip[1] + reach * h),
        ], 0.012 * h)  # fmt: skip
        form = blend([form, skirt], 0.05 * h)
    else:
        hem = hip[1] + (0.05 if style.top == "tee" else 0.065) * h
        form = both(form, polygon([(hip[0] - h, neck[1] - h), (hip[0] + h, neck[1] - h), (hip[0] + h, hem - 0.06 * h),
                                   (hip[0], hem), (hip[0] - h, hem - 0.06 * h)]))  # fmt: skip
    paint(canvas, form, style.cloth, round_px=0.075 * h)
    if style.top == "coat":
        paint(canvas, polygon([(neck[0] - 1, neck[1] + 0.05 * h), (neck[0] + 1, neck[1] + 0.05 * h),
                               (hip[0] + 1, hip[1] + 0.2 * h), (hip[0] - 1, hip[1] + 0.2 * h)], 0.2),
              plain((0.1, 0.1, 0.1)), opacity=0.6)  # fmt: skip
    throat = (neck[0], neck[1] - 0.002 * h)
    paint(canvas, capsule(body.head, throat, 0.028 * h, 0.036 * h), style.skin_cloth)
    if style.top in ("tee", "dress"):
        dip = both(ellipse((neck[0], neck[1] + 0.004 * h), 0.046 * h, 0.05 * h), form)
        paint(canvas, dip, style.skin_cloth, round_px=0.12 * h, shadow=0)
    if style.top == "shirt":
        for side in (-1, 1):
            flap = [(neck[0], neck[1] + 0.06 * h), (neck[0] + side * 0.05 * h, neck[1] - 0.012 * h),
                    (neck[0] + side * 0.055 * h, neck[1] + 0.035 * h)]  # fmt: skip
            paint(canvas, polygon(flap, 0.004 * h), style.cloth, round_px=0.02 * h)


def _fur_collar(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    h, neck = body.h, body.neck
    arc = np.radians(np.linspace(0, 180, 16))
    points = np.stack([neck[0] + 0.066 * h * np.cos(arc), neck[1] + 0.004 * h + 0.05 * h * np.sin(arc)], 1)
    xy = [(float(p[0]), float(p[1])) for p in points]
    paint(canvas, chain(xy, [0.026 * h] * len(xy), 0.01 * h), style.fur)
    strands.draw(canvas, strands.fur(points.astype(np.float32), neck, 0.042 * h, style.fur_colour, rng), rng)


def _arm(canvas: Canvas, body: Body, arm: list[Point], style: Look) -> None:
    h = body.h
    bare = style.top in ("tee", "dress")
    radii = [0.034 * h, 0.028 * h, 0.02 * h]
    if bare:
        _hand(canvas, body, arm, style)
        paint(canvas, chain(arm[:3], radii, 0.012 * h), style.skin_cloth)
        cut = (arm[0][0] * 0.4 + arm[1][0] * 0.6, arm[0][1] * 0.4 + arm[1][1] * 0.6)
        paint(canvas, capsule(arm[0], cut, 0.036 * h, 0.038 * h), style.cloth)
        return
    _hand(canvas, body, arm, style)
    wide = 0.008 * h if style.top == "coat" else 0.0
    paint(canvas, chain(arm[:3], [radii[0] + wide, radii[1] + wide, 0.025 * h + wide], 0.012 * h), style.cloth)


def hand_form(body: Body, arm: list[Point]) -> Form:
    """Palm, four fingers and a thumb."""
    h, wrist, hand = body.h, arm[2], arm[3]
    angle = float(np.degrees(np.arctan2(hand[0] - wrist[0], hand[1] - wrist[1])))
    palm = step(wrist, angle, 0.028 * h)
    fingers = []
    for spread, length in ((-20, 0.038), (-6, 0.044), (8, 0.042), (22, 0.034)):
        base = step(palm, angle + spread * 2.2, 0.014 * h)
        fingers.append(capsule(base, step(base, angle + spread * 0.7, length * h), 0.0078 * h, 0.0062 * h))
    thumb = capsule(palm, step(palm, angle + (48 if hand[0] < body.hip[0] else -48), 0.036 * h), 0.011 * h, 0.0075 * h)
    return blend([capsule(wrist, palm, 0.016 * h, 0.021 * h), thumb, *fingers], 0.006 * h)


def _hand(canvas: Canvas, body: Body, arm: list[Point], style: Look) -> None:
    paint(canvas, hand_form(body, arm), style.skin_cloth)


def draw_grip(canvas: Canvas, body: Body, arm: list[Point], style: Look) -> None:
    """Paint fingers closed around something, for a layer in front of it."""
    h, wrist, hand = body.h, arm[2], arm[3]
    angle = float(np.degrees(np.arctan2(hand[0] - wrist[0], hand[1] - wrist[1])))
    for i in range(4):
        at = step(step(wrist, angle, 0.026 * h), angle + 90, (i - 1.5) * 0.0125 * h)
        paint(canvas, capsule(at, step(at, angle, 0.026 * h), 0.0075 * h, 0.007 * h), style.skin_cloth, shadow=0.4)


def _head(canvas: Canvas, body: Body, style: Look) -> None:
    h, (x, y) = body.h, body.head
    for side in (-1, 1):
        paint(canvas, ellipse((x + side * 0.05 * h, y + 0.004 * h), 0.009 * h, 0.017 * h, side * -12), style.skin_cloth)
    skull = ellipse((x, y - 0.012 * h), 0.052 * h, 0.056 * h)
    jaw = ellipse((x, y + 0.026 * h), 0.036 * h, 0.043 * h)
    paint(canvas, blend([skull, jaw], 0.025 * h), style.skin_cloth)
    _face(canvas, body, style)


def _face(canvas: Canvas, body: Body, style: Look) -> None:
    h, (x, y) = body.h, body.head
    dark = plain((style.hair[0] * 0.6, style.hair[1] * 0.6, style.hair[2] * 0.6))
    shade = plain((style.skin[0] * 0.62, style.skin[1] * 0.5, style.skin[2] * 0.46))
    for side in (-1, 1):
        eye = (x + side * 0.021 * h, y - 0.002 * h)
        paint(canvas, ellipse((eye[0], eye[1] - 0.002 * h), 0.0135 * h, 0.009 * h), shade, opacity=0.45, shadow=0)
        paint(canvas, ellipse(eye, 0.0098 * h, 0.0052 * h), plain((0.95, 0.94, 0.92), ambient=0.8), shadow=0)
        paint(canvas, ellipse(eye, 0.0046 * h, 0.005 * h), plain((0.14, 0.1, 0.08)), shadow=0)
        lid = chain([(eye[0] - 0.011 * h, eye[1]), (eye[0], eye[1] - 0.006 * h), (eye[0] + 0.011 * h, eye[1])],
                    [0.0014 * h] * 3)  # fmt: skip
        paint(canvas, lid, dark, opacity=0.8, shadow=0)
        brow = chain([(eye[0] - 0.012 * h, eye[1] - 0.0145 * h), (eye[0], eye[1] - 0.0185 * h),
                      (eye[0] + 0.012 * h, eye[1] - 0.0145 * h)], [0.0022 * h] * 3)  # fmt: skip
        paint(canvas, brow, dark, opacity=0.75, shadow=0)
        paint(canvas, ellipse((x + side * 0.026 * h, y + 0.022 * h), 0.014 * h, 0.011 * h), plain((0.86, 0.36, 0.32)),
              opacity=0.06, shadow=0)  # fmt: skip
    paint(canvas, capsule((x + 0.003 * h, y + 0.002 * h), (x + 0.004 * h, y + 0.02 * h), 0.003 * h, 0.0072 * h), shade,
          opacity=0.38, shadow=0)  # fmt: skip
    lips = plain((style.skin[0] * 0.78, style.skin[1] * 0.45, style.skin[2] * 0.45), 0.06)
    paint(canvas, ellipse((x, y + 0.0405 * h), 0.0165 * h, 0.0058 * h), lips, shadow=0.1)
    paint(canvas, capsule((x - 0.015 * h, y + 0.04 * h), (x + 0.015 * h, y + 0.04 * h), 0.001 * h, 0.001 * h), shade,
          opacity=0.8, shadow=0)  # fmt: skip


def _ground(colour: Colour) -> Material:
    return plain((colour[0] * 0.85, colour[1] * 0.85, colour[2] * 0.85), 0.04, 0.45)


def _scalp(body: Body, count: int, rng: np.random.Generator, low: float, high: float, inner: float) -> NDArray[np.float32]:
    """(count, 2) float32 points on the skull between two directions (0 right, 90 up)."""
    h, (x, y) = body.h, body.head
    angle = np.radians(rng.uniform(low, high, count))
    r = rng.uniform(inner, 1, count)
    points = np.stack([x + 0.056 * h * r * np.cos(angle), y - 0.018 * h - 0.056 * h * r * np.sin(angle)], 1)
    return points.astype(np.float32)


_COUNTS = {"short": 260, "long": 620, "wild": 900, "curly": 900, "bun": 200, "hat": 160}


def _count(style: str, h: float) -> int:
    """Strands; small heads do not show, and so do not get, all of them."""
    return int(_COUNTS[style] * np.clip(h / 420, 0.12, 1.6))


def _strand_width(h: float) -> float:
    return float(np.clip(h / 1500, 0.25, 0.75))


def _hair_behind(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """Long hair falls behind the shoulders; wild and curly hair stands around the head."""
    h, (x, y) = body.h, body.head
    base, width = _ground(style.hair), _strand_width(h)
    n = _count(style.style, h)
    drift = style.wind * 0.06 * h
    if style.style == "long":
        fall = blend([
            ellipse((x, y - 0.012 * h), 0.062 * h, 0.064 * h),
            capsule((x - 0.034 * h, y), (x - 0.05 * h + drift, y + 0.13 * h), 0.03 * h, 0.022 * h),
            capsule((x + 0.034 * h, y), (x + 0.05 * h + drift, y + 0.13 * h), 0.03 * h, 0.022 * h),
        ], 0.03 * h)  # fmt: skip
        paint(canvas, fall, base)
        roots = _scalp(body, n, rng, -25, 205, 0.85)
        strands.draw(canvas, strands.hair(roots, (x, y), 0.3 * h, style.hair, rng, weight=0.95, wind=style.wind,
                                          spread=0.1, lift=0.32, width=width), rng)  # fmt: skip
    elif style.style == "wild":
        paint(canvas, ellipse((x, y - 0.012 * h), 0.064 * h, 0.066 * h), base)
        roots = _scalp(body, n, rng, -40, 220, 0.8)
        strands.draw(canvas, strands.hair(roots, (x, y + 0.01 * h), 0.15 * h, style.hair, rng, lift=0.8, weight=0.45,
                                          wind=style.wind, spread=0.35, width=width), rng)  # fmt: skip
    elif style.style == "curly":
        blobs = [ellipse((x + 0.05 * h * float(np.cos(a)), y - 0.02 * h - 0.045 * h * float(np.sin(a))), 0.034 * h,
                         0.034 * h) for a in np.radians(np.linspace(-30, 210, 9))]  # fmt: skip
        paint(canvas, blend(blobs, 0.01 * h), base)
        roots = _scalp(body, n, rng, -40, 220, 1.0) * 1.0
        out = roots + (roots - np.array((x, y), np.float32)) * rng.uniform(0, 0.45, (n, 1)).astype(np.float32)
        strands.draw(canvas, strands.hair(out.astype(np.float32), (x, y), 0.055 * h, style.hair, rng, weight=0.0,
                                          spread=0.8, width=width), rng)  # fmt: skip
    elif style.style == "bun":
        paint(canvas, ellipse((x + 0.012 * h, y - 0.078 * h), 0.03 * h, 0.027 * h), base)
        paint(canvas, ellipse((x, y - 0.016 * h), 0.057 * h, 0.06 * h), base)


def _hair_in_front(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """The cap of hair over the forehead, with strands combed over it, or a fur hat."""
    h, (x, y) = body.h, body.head
    if style.style == "hat":
        _hat(canvas, body, style, rng)
        return
    cap = both(
        ellipse((x, y - 0.016 * h), 0.057 * h, 0.06 * h),
        polygon([(x - 0.07 * h, y - 0.1 * h), (x + 0.07 * h, y - 0.1 * h), (x + 0.07 * h, y - 0.002 * h),
                 (x + 0.041 * h, y - 0.008 * h), (x + 0.03 * h, y - 0.033 * h), (x - 0.012 * h, y - 0.041 * h),
                 (x - 0.036 * h, y - 0.03 * h), (x - 0.043 * h, y - 0.006 * h), (x - 0.07 * h, y - 0.002 * h)]),
    )  # fmt: skip
    paint(canvas, cap, _ground(style.hair))
    n = _count(style.style, h)
    roots = _scalp(body, n, rng, 35, 145, 0.55)
    roots[:, 1] -= 0.012 * h
    combed = strands.hair(roots, (x - 0.008 * h, y - 0.085 * h), 0.05 * h, style.hair, rng, lift=0.6, weight=0.15, spread=0.15,
                          width=_strand_width(h))  # fmt: skip
    strands.draw(canvas, combed, rng)
    if style.style in ("short", "bun"):
        loose = _scalp(body, n // 2, rng, -5, 185, 0.96)
        strands.draw(canvas, strands.hair(loose, (x, y), 0.026 * h, style.hair, rng, lift=0.6, weight=0.4, wind=style.wind,
                                          width=_strand_width(h)), rng)  # fmt: skip
    if style.style == "long":
        for side in (-1, 1):
            lock = np.stack([rng.uniform(0.036, 0.056, n // 3) * side * h + x,
                             rng.uniform(-0.04, 0.0, n // 3) * h + y], 1).astype(np.float32)  # fmt: skip
            centre = (x - side * 0.1 * h, y - 0.1 * h)
            strands.draw(canvas, strands.hair(lock, centre, 0.2 * h, style.hair, rng, weight=1.0, wind=style.wind,
                                              spread=0.05, lift=0.2, width=_strand_width(h)), rng)  # fmt: skip


def _hat(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    h, (x, y) = body.h, body.head
    paint(canvas, ellipse((x, y - 0.062 * h), 0.058 * h, 0.05 * h), style.cloth)
    brim = np.stack([x + np.linspace(-0.06, 0.06, 12) * h, y - 0.048 * h - 0.008 * h * np.cos(np.linspace(-1.5, 1.5, 12))], 1)
    xy = [(float(p[0]), float(p[1])) for p in brim]
    paint(canvas, chain(xy, [0.018 * h] * 12, 0.01 * h), style.fur)
    strands.draw(canvas, strands.fur(brim.astype(np.float32), body.head, 0.032 * h, style.fur_colour, rng, 12), rng)
