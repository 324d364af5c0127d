"""Fish, elephants, hedgehogs and turtles; see ``anatomy`` for how animals are drawn."""

import numpy as np

from pipelines.sample.entities.anatomy import INK, Leg, beyond, bones, eye, limbs
from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide, mixed
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.shapes import Point, blend, both, capsule, ellipse, ring
from pipelines.sample.textures import Colour, plain


def fish(sheet: Sheet, colour: Colour, belly: Colour, bands: Colour | None = None) -> None:
    """A fish whose fins light comes through."""
    fin = mixed(colour, (1, 1, 1), 0.15)
    tail = [(0.9, 0.42), (1.02, 0.3), (1.2, 0.14), (1.24, 0.2), (1.16, 0.42), (1.24, 0.66), (1.2, 0.72), (1.02, 0.54)]
    back = [(0.38, 0.2), (0.46, 0.04), (0.6, 0.0), (0.74, 0.06), (0.86, 0.22), (0.8, 0.3)]
    under = [(0.5, 0.66), (0.54, 0.8), (0.62, 0.84), (0.66, 0.74), (0.64, 0.64)]
    anal = [(0.74, 0.58), (0.8, 0.7), (0.9, 0.74), (0.9, 0.58), (0.86, 0.5)]
    for shape, root in ((tail, (0.86, 0.42)), (back, (0.6, 0.4)), (under, (0.55, 0.55)), (anal, (0.76, 0.46))):
        _fin(sheet, shape, root, fin)
    body = outline(
        [
            (0.02, 0.44),
            (0.08, 0.34),
            (0.24, 0.21),
            (0.45, 0.15),
            (0.66, 0.2),
            (0.84, 0.33),
            (0.98, 0.38),
            (0.98, 0.46),
            (0.84, 0.52),
            (0.66, 0.65),
            (0.45, 0.71),
            (0.24, 0.66),
            (0.08, 0.53),
        ]
    )
    sheet.paint(body, hide(colour, sheet.rng, 0.04, 0.12), round_to=0.3)
    sheet.tint(both(ellipse((0.45, 0.72), 0.5, 0.16), body), belly, 0.8, 0.05)
    if bands is not None:
        for x, r in ((0.33, 0.045), (0.62, 0.05), (0.88, 0.03)):
            line = tube([(x, 0.1), (x + 0.025, 0.42), (x - 0.01, 0.76)], (r, 1.15 * r, r))
            inner = tube([(x, 0.1), (x + 0.025, 0.42), (x - 0.01, 0.76)], (0.75 * r, 0.92 * r, 0.75 * r))
            sheet.tint(both(line, body), (0.08, 0.07, 0.07), 0.9, 0.003)
            sheet.tint(both(inner, body), bands, 1.0, 0.002)
    for i in range(11):
        for j in range(9):
            x, y = 0.34 + 0.055 * i, 0.2 + 0.058 * j + 0.029 * (i % 2)
            if abs(y - 0.43) < 0.27 * (1 - (max(x - 0.45, 0) / 0.62) ** 2) - 0.03:
                sheet.tint(
                    both(ring(ellipse((x, y), 0.036, 0.036), 0.006), ellipse((x + 0.03, y), 0.03, 0.04)),
                    dark(colour, 0.5),
                    0.4,
                    0.002,
                )
    gill = both(ring(ellipse((0.2, 0.44), 0.1, 0.19), 0.009), ellipse((0.29, 0.44), 0.07, 0.16))
    sheet.tint(gill, dark(colour, 0.45), 0.8, 0.004)
    _fin(sheet, [(0.36, 0.5), (0.44, 0.46), (0.56, 0.5), (0.55, 0.58), (0.46, 0.6), (0.38, 0.55)], (0.34, 0.51), fin)
    sheet.tint(tube([(0.025, 0.46), (0.07, 0.475), (0.1, 0.46)], (0.005, 0.005, 0.002)), dark(colour, 0.35), 0.9, 0.002)
    sheet.paint(ellipse((0.155, 0.37), 0.04, 0.04), plain((0.93, 0.9, 0.75), 0.1, 0.8), shadow=0.2)
    eye(sheet, (0.152, 0.37), 0.022, (0.05, 0.04, 0.04))


def _fin(sheet: Sheet, shape: list[Point], root: Point, colour: Colour) -> None:
    """A fin: a thin skin over rays that spread from ``root``."""
    form = outline(shape)
    sheet.paint(form, hide(colour, sheet.rng, 0.05), round_to=0.4, opacity=0.72, shadow=0)
    centre = np.array(shape).mean(0)
    reach = np.array(shape) - np.array(root)
    turns = np.unwrap(np.arctan2(reach[:, 1], reach[:, 0]))
    long = float(np.linalg.norm(reach, axis=1).max())
    for turn in np.linspace(turns.min(), turns.max(), 14):
        end = (root[0] + long * float(np.cos(turn)), root[1] + long * float(np.sin(turn)))
        ray = both(capsule(root, end, 0.006, 0.003), form)
        sheet.paint(ray, plain(dark(colour, 0.7)), opacity=0.6, shadow=0)
    sheet.tint(ellipse((float(centre[0]), float(centre[1])), 0.05, 0.05), (1, 1, 1), 0.12, 0.04)


def elephant(sheet: Sheet) -> None:
    """An elephant."""
    gray: Colour = (0.47, 0.46, 0.47)
    rng = sheet.rng
    skin, far, ivory = hide(gray, rng, 0.06), hide(dark(gray, 0.6), rng), plain((0.93, 0.9, 0.8), 0.2)
    fore: Leg = [(0.54, 0.56), (0.53, 0.75), (0.53, 0.93)], (0.115, 0.085, 0.083)
    hind: Leg = [(0.99, 0.54), (0.97, 0.74), (0.985, 0.93)], (0.135, 0.09, 0.083)
    far_legs = [beyond(fore, 0.11), beyond(hind, -0.13)]
    limbs(sheet, far_legs, far)
    sheet.paint(tube([(1.1, 0.3), (1.15, 0.42), (1.14, 0.56)], (0.03, 0.017, 0.011)), skin)
    trunk = [
        ellipse((0.58, 0.38), 0.2, 0.24),
        capsule((0.6, 0.36), (0.95, 0.38), 0.25, 0.22),
        ellipse((1.0, 0.4), 0.14, 0.2),
    ]
    sheet.paint(blend([*trunk, ellipse((0.33, 0.26), 0.17, 0.19)], 0.08), skin, round_to=0.22)
    sheet.tint(ellipse((0.76, 0.61), 0.28, 0.05), dark(gray, 0.4), 0.6, 0.04)
    limbs(sheet, [hind, fore], skin)
    for leg in (*far_legs, hind, fore):
        x, y = leg[0][-1]
        for dx in (-0.055, -0.025, 0.01):
            sheet.tint(ellipse((x + dx, y + 0.065), 0.017, 0.018), (0.8, 0.77, 0.7), 0.8, 0.003)
    nose: list[Point] = [(0.27, 0.3), (0.17, 0.42), (0.13, 0.6), (0.12, 0.78), (0.06, 0.87), (0.0, 0.85)]
    head = [ellipse((0.31, 0.25), 0.165, 0.18), tube(nose, (0.12, 0.088, 0.066, 0.052, 0.042, 0.032))]
    sheet.paint(blend(head, 0.05), skin, shadow=0.4, round_to=0.12)
    for i in range(13):
        t = i / 12
        x, y = 0.175 - 0.065 * t, 0.44 + 0.37 * t
        r = 0.085 - 0.035 * t
        sheet.tint(tube([(x - r, y), (x, y + 0.018), (x + r, y)], (0.003,) * 3), dark(gray, 0.5), 0.5, 0.002)
    sheet.paint(tube([(0.25, 0.46), (0.2, 0.58), (0.1, 0.63)], (0.034, 0.028, 0.008)), ivory, shadow=0.3)
    ear = outline(
        [(0.37, 0.1), (0.5, 0.07), (0.62, 0.16), (0.64, 0.32), (0.57, 0.46), (0.48, 0.54), (0.41, 0.44), (0.37, 0.28)]
    )
    sheet.paint(ear, hide(dark(gray, 0.93), rng, 0.06), round_to=0.09, shadow=0.55)
    sheet.tint(ellipse((0.48, 0.28), 0.08, 0.13), (0.62, 0.48, 0.46), 0.35, 0.04)
    for i in range(9):
        sheet.tint(
            tube([(0.62 + 0.05 * i, 0.2), (0.64 + 0.05 * i, 0.36), (0.62 + 0.05 * i, 0.52)], (0.002, 0.004, 0.002)),
            dark(gray, 0.6),
            0.35,
            0.004,
        )
    coat(sheet, bones([nose, [(0.4, 0.2), (1.0, 0.3)], fore[0], hind[0]]), Hair(0.008, 0.05, 0.5, 0.5, 5.0, 0.07))
    brush = sheet.like()
    brush.paint(ellipse((1.138, 0.58), 0.018, 0.03), hide(dark(gray, 0.4), rng))
    coat(brush, [((1.14, 0.54), (1.135, 0.7))], Hair(0.06, 0.3, 0.4, 0.3))
    sheet.lay(brush)
    eye(sheet, (0.225, 0.245), 0.017)


def hedgehog(sheet: Sheet) -> None:
    """A hedgehog."""
    rng, tan = sheet.rng, (0.72, 0.57, 0.42)
    skin = hide(tan, rng)
    for x, dim in ((0.42, 0.6), (0.78, 0.6), (0.34, 1.0), (0.7, 1.0)):
        sheet.paint(capsule((x, 0.62), (x - 0.01, 0.715), 0.05, 0.035), hide(dark(tan, dim), rng))
        sheet.paint(capsule((x - 0.01, 0.72), (x - 0.06, 0.725), 0.03, 0.022), hide(dark(tan, dim), rng))
    sheet.paint(ellipse((0.52, 0.56), 0.36, 0.14), skin)
    spines = sheet.like()
    dome = outline(
        [
            (0.22, 0.4),
            (0.3, 0.24),
            (0.48, 0.14),
            (0.68, 0.16),
            (0.85, 0.3),
            (0.92, 0.48),
            (0.88, 0.62),
            (0.7, 0.58),
            (0.5, 0.6),
            (0.32, 0.6),
            (0.25, 0.52),
        ]
    )
    spines.paint(dome, hide((0.33, 0.25, 0.18), rng, 0.1), round_to=0.2)
    lie = [[(0.24, 0.45), (0.4, 0.2)], [(0.4, 0.2), (0.6, 0.12), (0.85, 0.25), (0.95, 0.55)], [(0.3, 0.5), (0.9, 0.5)]]
    coat(spines, bones(lie), Hair(0.1, 0.07, 0.9, 0.5, 4.0, 0.35, 0.0))
    head = blend(
        [ellipse((0.25, 0.5), 0.13, 0.115), tube([(0.2, 0.53), (0.1, 0.585), (0.045, 0.6)], (0.085, 0.05, 0.03))], 0.05
    )
    sheet.lay(spines)
    face = sheet.like()
    face.paint(head, skin)
    face.paint(ellipse((0.31, 0.43), 0.04, 0.045), hide(dark(tan, 0.8), rng), shadow=0.3)
    coat(face, bones([[(0.05, 0.6), (0.35, 0.45)]]), Hair(0.03, 0.12, 0.5, 0.4))
    sheet.lay(face)
    sheet.paint(ellipse((0.03, 0.595), 0.025, 0.022), plain(INK, 0.35), shadow=0)
    eye(sheet, (0.195, 0.485), 0.018)


def turtle(sheet: Sheet) -> None:
    """A turtle."""
    rng, green = sheet.rng, (0.42, 0.5, 0.24)
    skin, far = hide(green, rng, 0.12), hide(dark(green, 0.6), rng)
    for x, tone in ((0.45, far), (0.82, far), (0.34, skin), (0.92, skin)):
        sheet.paint(capsule((x, 0.56), (x - 0.02, 0.69), 0.075, 0.055), tone)
    sheet.paint(tube([(1.02, 0.58), (1.1, 0.6), (1.16, 0.64)], (0.035, 0.022, 0.006)), skin)
    sheet.paint(
        blend(
            [
                tube([(0.32, 0.54), (0.22, 0.45), (0.16, 0.38)], (0.08, 0.065, 0.065)),
                ellipse((0.125, 0.34), 0.105, 0.085, -8),
            ],
            0.04,
        ),
        skin,
    )
    shell = outline(
        [(0.24, 0.58), (0.28, 0.4), (0.42, 0.24), (0.64, 0.17), (0.86, 0.24), (1.02, 0.42), (1.06, 0.58), (0.65, 0.62)]
    )
    sheet.paint(shell, hide((0.45, 0.31, 0.16), rng, 0.08, 0.12), round_to=0.22, shadow=0.5)
    for x, y, r in (
        (0.65, 0.31, 0.1),
        (0.46, 0.37, 0.085),
        (0.85, 0.37, 0.085),
        (0.55, 0.49, 0.085),
        (0.76, 0.49, 0.085),
        (0.36, 0.5, 0.065),
        (0.95, 0.5, 0.06),
    ):
        turn = np.radians(np.arange(6) * 60 + 30)
        plate = [(x + r * float(np.cos(a)), y + 0.85 * r * float(np.sin(a))) for a in turn]
        sheet.tint(outline(plate, 2), (0.62, 0.45, 0.22), 0.75, 0.012)
        sheet.tint(ring(outline(plate, 2, 0.012), 0.012), (0.2, 0.13, 0.07), 0.8, 0.003)
    rim = tube([(0.235, 0.575), (0.45, 0.625), (0.85, 0.625), (1.07, 0.575)], (0.022, 0.03, 0.03, 0.022))
    sheet.paint(rim, hide((0.55, 0.42, 0.2), rng, 0.08, 0.1), shadow=0.3)
    sheet.tint(tube([(0.03, 0.37), (0.07, 0.385), (0.12, 0.38)], (0.004, 0.004, 0.002)), INK, 0.8, 0.002)
    eye(sheet, (0.095, 0.315), 0.018, (0.6, 0.5, 0.1))
