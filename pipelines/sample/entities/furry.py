"""Animals with fur or wool, from the side: dogs, cats, sheep, horses, cows, rabbits and the like.

They look to the left, are about a unit tall and stand at y = 1. Each is painted back to front, far legs first and
darker, then gets its coat, then what has none.
"""

from collections.abc import Sequence

from pipelines.sample.entities.coats import Bone, Hair, coat
from pipelines.sample.entities.looks import dark, hide
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import Material
from pipelines.sample.shapes import Form, Point, blend, capsule, ellipse
from pipelines.sample.textures import Colour, plain

_INK: Colour = (0.05, 0.04, 0.04)
_NOSE: Colour = (0.1, 0.07, 0.07)


def _eye(sheet: Sheet, at: Point, r: float, iris: Colour = (0.16, 0.09, 0.05)) -> None:
    sheet.paint(ellipse(at, 1.25 * r, 1.15 * r), plain(_INK, ambient=0.7), shadow=0)
    sheet.paint(ellipse(at, r, r), plain(iris, 0.2, 0.75), shadow=0)
    sheet.paint(ellipse(at, 0.5 * r, 0.62 * r), plain((0.02, 0.02, 0.02)), shadow=0)
    sheet.paint(ellipse((at[0] - 0.3 * r, at[1] - 0.35 * r), 0.26 * r, 0.26 * r), plain((1, 1, 1), 0, 1), shadow=0)


def _legs(
    sheet: Sheet, legs: Sequence[tuple[Sequence[Point], Sequence[float]]], material: Material, foot: Material | None
) -> None:
    for points, radii in legs:
        sheet.paint(tube(points, radii), material)
        if foot is not None:
            (x, y), r = points[-1], radii[-1]
            sheet.paint(_hoof((x, y), r), foot, shadow=0.1)


def _hoof(at: Point, r: float) -> Form:
    x, y = at
    return outline(
        [(x - 1.1 * r, y - 0.4 * r), (x + r, y - 0.4 * r), (x + 1.25 * r, y + 1.4 * r), (x - 1.7 * r, y + 1.4 * r)]
    )


def _bones(parts: Sequence[Sequence[Point]]) -> list[Bone]:
    """Bones along polylines."""
    return [(line[i], line[i + 1]) for line in parts for i in range(len(line) - 1)]


def dog(sheet: Sheet, colour: Colour, second: Colour, shaggy: float = 1.0) -> None:
    """A dog with hanging ears; ``second`` is the colour of ears and back, ``shaggy`` the length of hair."""
    coat_of, far = hide(colour, sheet.rng), hide(dark(colour, 0.62), sheet.rng)
    fore = [(0.40, 0.56), (0.385, 0.74), (0.40, 0.86), (0.395, 0.955)]
    hind = [(0.83, 0.52), (0.80, 0.68), (0.90, 0.80), (0.865, 0.955)]
    for line, radii, dx in ((fore, (0.07, 0.045, 0.034, 0.036), 0.075), (hind, (0.12, 0.075, 0.036, 0.034), -0.08)):
        moved = [(x + dx, y - 0.012) for x, y in line]
        sheet.paint(tube(moved, radii), far)
        (x, y) = moved[-1]
        sheet.paint(capsule((x, y + 0.005), (x - 0.045, y + 0.012), 0.035, 0.028), far)
    tail = [(0.93, 0.43), (1.03, 0.37), (1.10, 0.25), (1.11, 0.13)]
    sheet.paint(tube(tail, (0.04, 0.042, 0.036, 0.016)), coat_of)
    trunk = blend(
        [
            ellipse((0.43, 0.49), 0.16, 0.185, 8),
            capsule((0.45, 0.47), (0.80, 0.455), 0.15, 0.115),
            ellipse((0.84, 0.49), 0.115, 0.14),
            tube([(0.40, 0.42), (0.33, 0.32), (0.285, 0.2)], (0.13, 0.105, 0.09)),
        ],
        0.08,
    )
    sheet.paint(trunk, coat_of, round_to=0.14)
    sheet.tint(ellipse((0.62, 0.63), 0.22, 0.06), dark(colour, 0.5), 0.6, 0.035)
    sheet.tint(
        outline([(0.36, 0.3), (0.5, 0.28), (0.8, 0.3), (0.97, 0.42), (0.85, 0.46), (0.5, 0.44)]), second, 0.75, 0.03
    )
    sheet.paint(tube(hind, (0.125, 0.08, 0.038, 0.036)), coat_of, shadow=0.18)
    sheet.paint(capsule((0.865, 0.96), (0.815, 0.967), 0.037, 0.031), coat_of, shadow=0)
    sheet.paint(tube(fore, (0.085, 0.05, 0.037, 0.039)), coat_of, shadow=0.18)
    sheet.paint(capsule((0.395, 0.96), (0.345, 0.967), 0.038, 0.031), coat_of, shadow=0)
    head = blend(
        [
            ellipse((0.255, 0.165), 0.1, 0.095),
            tube([(0.22, 0.18), (0.12, 0.215), (0.055, 0.22)], (0.075, 0.055, 0.045)),
        ],
        0.05,
    )
    sheet.paint(head, coat_of)
    sheet.tint(capsule((0.06, 0.245), (0.19, 0.26), 0.004, 0.003), _INK, 0.7, 0.003)
    ear = outline([(0.255, 0.085), (0.33, 0.1), (0.385, 0.2), (0.375, 0.31), (0.32, 0.33), (0.275, 0.24), (0.25, 0.15)])
    sheet.paint(ear, hide(dark(second, 0.85), sheet.rng), round_to=0.05, shadow=0.5)
    lines = [[(0.05, 0.21), (0.28, 0.14)], [(0.3, 0.18), (0.4, 0.42), (0.42, 0.6)], [(0.4, 0.36), (0.9, 0.38)]]
    bones = _bones([*lines, [(0.4, 0.55), (0.9, 0.55)], fore, hind, tail, [(0.29, 0.1), (0.34, 0.32)]])
    coat(sheet, bones, Hair(0.05 * shaggy, 0.1, 0.6, 0.45))
    sheet.paint(ellipse((0.022, 0.2), 0.026, 0.022), plain(_NOSE, 0.35), shadow=0)
    _eye(sheet, (0.195, 0.145), 0.017)


def cat(sheet: Sheet, colour: Colour, stripes: Colour | None, chest: Colour, iris: Colour) -> None:
    """A cat that walks with its tail up; ``stripes`` are a tabby's."""
    coat_of, far = hide(colour, sheet.rng), hide(dark(colour, 0.6), sheet.rng)
    fore = [(0.36, 0.66), (0.35, 0.8), (0.345, 0.955)]
    hind = [(0.87, 0.62), (0.84, 0.76), (0.92, 0.86), (0.885, 0.958)]
    for line, radii, dx in ((fore, (0.06, 0.04, 0.034), 0.08), (hind, (0.1, 0.06, 0.033, 0.032), -0.07)):
        moved = [(x + dx, y - 0.012) for x, y in line]
        sheet.paint(tube(moved, radii), far)
        (x, y) = moved[-1]
        sheet.paint(capsule((x, y), (x - 0.035, y + 0.008), 0.033, 0.03), far)
    tail = [(0.95, 0.55), (1.06, 0.5), (1.1, 0.34), (1.05, 0.18), (1.09, 0.06)]
    sheet.paint(tube(tail, (0.04, 0.042, 0.04, 0.037, 0.026)), coat_of)
    trunk = blend(
        [
            ellipse((0.38, 0.6), 0.13, 0.145),
            capsule((0.42, 0.585), (0.82, 0.57), 0.13, 0.115),
            ellipse((0.88, 0.58), 0.105, 0.125),
            capsule((0.37, 0.52), (0.27, 0.4), 0.1, 0.09),
        ],
        0.09,
    )
    sheet.paint(trunk, coat_of, round_to=0.12)
    sheet.tint(ellipse((0.62, 0.71), 0.24, 0.05), dark(colour, 0.5), 0.6, 0.03)
    sheet.paint(tube(hind, (0.105, 0.066, 0.036, 0.034)), coat_of, shadow=0.18)
    sheet.paint(capsule((0.885, 0.96), (0.845, 0.966), 0.036, 0.032), coat_of, shadow=0)
    sheet.paint(tube(fore, (0.065, 0.044, 0.036)), coat_of, shadow=0.18)
    sheet.paint(capsule((0.345, 0.96), (0.31, 0.966), 0.037, 0.032), coat_of, shadow=0)
    for x0, x1 in ((0.175, 0.135), (0.3, 0.345)):
        ear = outline([(x0 - 0.05, 0.28), (x1, 0.12), (x0 + 0.055, 0.26), (x0, 0.33)], 3)
        sheet.paint(ear, coat_of, round_to=0.05)
        inner = outline([(x0 - 0.025, 0.27), (x1 * 0.9 + x0 * 0.1, 0.16), (x0 + 0.03, 0.26)], 3)
        sheet.tint(inner, (0.85, 0.6, 0.55), 0.7, 0.006)
    head = blend([ellipse((0.24, 0.345), 0.13, 0.112), ellipse((0.2, 0.39), 0.075, 0.06)], 0.04)
    sheet.paint(head, coat_of, shadow=0.5)
    for spot, rx, ry in (
        ((0.2, 0.405), 0.06, 0.04),
        ((0.3, 0.6), 0.06, 0.12),
        ((0.33, 0.95), 0.06, 0.045),
        ((0.86, 0.96), 0.06, 0.04),
    ):
        sheet.tint(ellipse(spot, rx, ry), chest, 0.85, 0.014)
    if stripes is not None:
        for i in range(9):
            x = 0.43 + 0.062 * i
            line = [(x, 0.44), (x + 0.025, 0.54), (x + 0.005, 0.65 - 0.02 * (i % 2))]
            sheet.tint(tube(line, (0.016, 0.013, 0.003)), stripes, 0.75, 0.006)
        for i in range(7):
            x, y = tail[1][0] - 0.0 + (0.02, 0.035, 0.04, 0.03, 0.0, -0.01, 0.0)[i], 0.46 - 0.06 * i
            sheet.tint(capsule((x - 0.06, y), (x + 0.06, y + 0.01), 0.011, 0.011), stripes, 0.7, 0.005)
        for dx in (-0.035, 0.0, 0.035):
            sheet.tint(capsule((0.225 + dx, 0.235), (0.225 + dx * 0.8, 0.29), 0.008, 0.004), stripes, 0.75, 0.004)
        for line in (fore, hind):
            for t in (0.7, 0.78, 0.86):
                x = 0.35 if line is fore else 0.88
                sheet.tint(capsule((x - 0.05, t), (x + 0.05, t + 0.01), 0.009, 0.009), stripes, 0.6, 0.005)
    lines = [
        [(0.2, 0.4), (0.36, 0.3)],
        [(0.3, 0.45), (0.36, 0.65)],
        [(0.38, 0.5), (0.95, 0.5)],
        [(0.4, 0.66), (0.9, 0.66)],
    ]
    coat(sheet, _bones([*lines, fore, hind, tail]), Hair(0.038, 0.11, 0.7, 0.4))
    for x in (0.165, 0.255):
        sheet.paint(ellipse((x, 0.335), 0.026, 0.023), plain(iris, 0.15, 0.8), shadow=0.3)
        sheet.paint(ellipse((x, 0.335), 0.009, 0.02), plain(_INK), shadow=0)
        sheet.paint(ellipse((x - 0.008, 0.327), 0.006, 0.006), plain((1, 1, 1), 0, 1), shadow=0)
    sheet.paint(outline([(0.185, 0.372), (0.215, 0.372), (0.2, 0.39)], 3), plain((0.78, 0.45, 0.43)), shadow=0)
    for side in (-1, 1):
        sheet.paint(
            tube([(0.2, 0.39), (0.2 + 0.012 * side, 0.41), (0.2 + 0.035 * side, 0.408)], (0.003, 0.003, 0.002)),
            plain(_INK),
            opacity=0.8,
            shadow=0,
        )
        for i in range(4):
            start, end = (0.2 + 0.03 * side, 0.392 + 0.006 * i), (0.2 + 0.19 * side, 0.365 + 0.028 * i)
            mid = (0.2 + 0.11 * side, 0.37 + 0.018 * i)
            sheet.paint(
                tube([start, mid, end], (0.0018, 0.0014, 0.0006)),
                plain((0.97, 0.97, 0.95), 0, 1),
                opacity=0.85,
                shadow=0,
            )


def sheep(sheet: Sheet, wool: Colour, face: Colour) -> None:
    """A sheep in full wool."""
    rng = sheet.rng
    skin, far = hide(face, rng), hide(dark(face, 0.6), rng)
    near = [[(0.42, 0.66), (0.415, 0.84), (0.42, 0.955)], [(0.88, 0.66), (0.875, 0.8), (0.89, 0.955)]]
    hoof = plain((0.12, 0.1, 0.09), 0.1)
    _legs(
        sheet,
        [
            ([(x + d, y - 0.012) for x, y in line], (0.055, 0.034, 0.031))
            for line, d in zip(near, (0.1, -0.1), strict=True)
        ],
        far,
        hoof,
    )
    _legs(sheet, [(line, (0.06, 0.037, 0.034)) for line in near], skin, hoof)
    coat(sheet, _bones(near), Hair(0.02, 0.1, 0.4))
    fleece, body = hide(wool, rng), sheet.like()
    body.paint(ellipse((1.06, 0.52), 0.04, 0.09, -12), fleece)
    tufts = [
        ellipse((0.4, 0.5), 0.2, 0.2),
        ellipse((0.66, 0.47), 0.3, 0.23),
        ellipse((0.87, 0.5), 0.19, 0.21),
        ellipse((0.3, 0.36), 0.13, 0.16),
    ]
    body.paint(blend(tufts, 0.06), fleece, round_to=0.18)
    body.tint(ellipse((0.65, 0.68), 0.4, 0.07), dark(wool, 0.45), 0.6, 0.05)
    head = blend(
        [
            ellipse((0.235, 0.235), 0.1, 0.105),
            tube([(0.21, 0.26), (0.13, 0.34), (0.095, 0.385)], (0.085, 0.062, 0.052)),
        ],
        0.04,
    )
    curls = Hair(0.034, 0.16, 0.9, 2.2, 4.0, 0.17, 0.5)
    coat(body, _bones([[(0.35, 0.45), (0.95, 0.45)], [(0.35, 0.6), (0.95, 0.6)], [(0.3, 0.3), (0.36, 0.5)]]), curls)
    sheet.lay(body)
    ear = outline([(0.28, 0.2), (0.35, 0.2), (0.41, 0.25), (0.37, 0.29), (0.29, 0.26)])
    sheet.paint(head, skin, shadow=0.5)
    sheet.paint(ear, skin, round_to=0.03, shadow=0.5)
    cap = blend([ellipse((0.25, 0.14), 0.085, 0.055), ellipse((0.19, 0.16), 0.045, 0.04)], 0.02)
    crown = sheet.like()
    crown.paint(cap, fleece)
    coat(crown, [((0.25, 0.2), (0.25, 0.05))], curls)
    sheet.lay(crown)
    _eye(sheet, (0.185, 0.235), 0.016, (0.5, 0.36, 0.12))
    sheet.tint(ellipse((0.075, 0.375), 0.011, 0.007, 40), _INK, 0.9, 0.003)
    sheet.tint(tube([(0.085, 0.425), (0.12, 0.41), (0.145, 0.4)], (0.004, 0.003, 0.002)), _INK, 0.8, 0.002)
