"""People, painted on a skeleton: clothes, skin, face, hands. Left and right are the image's."""

import numpy as np

from pipelines.sample import strands
from pipelines.sample.hair import hair_behind, hair_in_front
from pipelines.sample.layers import Canvas, blur, lay, paint, shutter
from pipelines.sample.looks import Look
from pipelines.sample.shapes import Form, Point, blend, both, capsule, chain, ellipse, polygon
from pipelines.sample.skeleton import Body, step
from pipelines.sample.textures import plain


def draw_person(canvas: Canvas, body: Body, style: Look, rng: np.random.Generator) -> None:
    """Paint a dressed person, back to front: hair behind, legs, trunk, head, arms."""
    hair_behind(canvas, body, style, rng)
    _legs(canvas, body, style)
    _trunk(canvas, body, style)
    _head(canvas, body, style)
    hair_in_front(canvas, body, style, rng)
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
    paint(still, capsule(shoulder, shoulder, 0.033 * body.h, 0.033 * body.h), style.cloth, shadow=0)
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
    return blend(
        [
            capsule((left[0] + 0.012 * h, left[1]), (right[0] - 0.012 * h, right[1]), 0.036 * h, 0.036 * h),
            capsule((neck[0], neck[1] + 0.012 * h), chest, 0.03 * h, half * 0.85 + 0.01 * h),
            capsule(chest, middle, half * 0.85 + 0.01 * h, half * 0.6 + 0.022 * h),
            capsule(middle, (hip[0], hip[1] + 0.02 * h), half * 0.6 + 0.022 * h, half * 0.66 + 0.028 * h),
        ],
        0.03 * h,
    )


def _trunk(canvas: Canvas, body: Body, style: Look) -> None:
    h, hip, neck = body.h, body.hip, body.neck
    form = _trunk_form(body)
    if style.top in ("coat", "dress"):
        reach = 0.2 if style.top == "coat" else 0.24
        flare = 0.125 if style.top == "coat" else 0.17
        w = abs(body.right[0][0] - body.left[0][0]) / 2 * 0.72
        skirt = polygon(
            [
                (hip[0] - w, hip[1] - 0.08 * h),
                (hip[0] + w, hip[1] - 0.08 * h),
                (hip[0] + flare * h, hip[1] + reach * h),
                (hip[0], hip[1] + (reach + 0.015) * h),
                (hip[0] - flare * h, hip[1] + reach * h),
            ],
            0.012 * h,
        )
        form = blend([form, skirt], 0.05 * h)
    else:
        hem = hip[1] + (0.05 if style.top == "tee" else 0.065) * h
        form = both(
            form,
            polygon(
                [
                    (hip[0] - h, neck[1] - h),
                    (hip[0] + h, neck[1] - h),
                    (hip[0] + h, hem - 0.06 * h),
                    (hip[0], hem),
                    (hip[0] - h, hem - 0.06 * h),
                ]
            ),
        )
    paint(canvas, form, style.cloth, round_px=0.075 * h)
    if style.top == "coat":
        paint(
            canvas,
            polygon(
                [
                    (neck[0] - 1, neck[1] + 0.05 * h),
                    (neck[0] + 1, neck[1] + 0.05 * h),
                    (hip[0] + 1, hip[1] + 0.2 * h),
                    (hip[0] - 1, hip[1] + 0.2 * h),
                ],
                0.2,
            ),
            plain((0.1, 0.1, 0.1)),
            opacity=0.6,
        )
    throat = (neck[0], neck[1] - 0.002 * h)
    paint(canvas, capsule(body.head, throat, 0.028 * h, 0.036 * h), style.skin_cloth)
    if style.top in ("tee", "dress"):
        dip = both(ellipse((neck[0], neck[1] + 0.004 * h), 0.046 * h, 0.05 * h), form)
        paint(canvas, dip, style.skin_cloth, round_px=0.12 * h, shadow=0)
    if style.top == "shirt":
        for side in (-1, 1):
            flap = [
                (neck[0], neck[1] + 0.06 * h),
                (neck[0] + side * 0.05 * h, neck[1] - 0.012 * h),
                (neck[0] + side * 0.055 * h, neck[1] + 0.035 * h),
            ]
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
        paint(canvas, capsule(arm[0], cut, 0.035 * h, 0.0345 * h), style.cloth)
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
        lid = chain(
            [(eye[0] - 0.011 * h, eye[1]), (eye[0], eye[1] - 0.006 * h), (eye[0] + 0.011 * h, eye[1])], [0.0014 * h] * 3
        )
        paint(canvas, lid, dark, opacity=0.8, shadow=0)
        brow = chain(
            [
                (eye[0] - 0.012 * h, eye[1] - 0.0145 * h),
                (eye[0], eye[1] - 0.0185 * h),
                (eye[0] + 0.012 * h, eye[1] - 0.0145 * h),
            ],
            [0.0022 * h] * 3,
        )
        paint(canvas, brow, dark, opacity=0.75, shadow=0)
        paint(
            canvas,
            ellipse((x + side * 0.026 * h, y + 0.022 * h), 0.014 * h, 0.011 * h),
            plain((0.86, 0.36, 0.32)),
            opacity=0.06,
            shadow=0,
        )
    paint(
        canvas,
        capsule((x + 0.003 * h, y + 0.002 * h), (x + 0.004 * h, y + 0.02 * h), 0.003 * h, 0.0072 * h),
        shade,
        opacity=0.38,
        shadow=0,
    )
    lips = plain((style.skin[0] * 0.78, style.skin[1] * 0.45, style.skin[2] * 0.45), 0.06)
    paint(canvas, ellipse((x, y + 0.0405 * h), 0.0165 * h, 0.0058 * h), lips, shadow=0.1)
    paint(
        canvas,
        capsule((x - 0.015 * h, y + 0.04 * h), (x + 0.015 * h, y + 0.04 * h), 0.001 * h, 0.001 * h),
        shade,
        opacity=0.8,
        shadow=0,
    )
