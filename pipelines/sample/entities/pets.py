"""Dogs, cats and rabbits; see ``anatomy`` for how animals are drawn."""

from pipelines.sample.entities.anatomy import INK, Leg, beyond, bones, eye
from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import Material
from pipelines.sample.shapes import Point, blend, capsule, ellipse
from pipelines.sample.textures import Colour, plain

_NOSE: Colour = (0.1, 0.07, 0.07)


def dog(sheet: Sheet, colour: Colour, second: Colour, shaggy: float = 1.0) -> None:
    """A dog with hanging ears; ``second`` is the colour of ears and back, ``shaggy`` the length of hair."""
    coat_of, far = hide(colour, sheet.rng), hide(dark(colour, 0.62), sheet.rng)
    fore: Leg = [(0.40, 0.56), (0.385, 0.74), (0.40, 0.86), (0.395, 0.955)], (0.085, 0.05, 0.037, 0.039)
    hind: Leg = [(0.83, 0.52), (0.80, 0.68), (0.90, 0.80), (0.865, 0.955)], (0.125, 0.08, 0.038, 0.036)
    _pawed(sheet, [beyond(fore, 0.075), beyond(hind, -0.08)], far)
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
    _pawed(sheet, [hind, fore], coat_of)
    head = blend(
        [
            ellipse((0.255, 0.165), 0.1, 0.095),
            tube([(0.22, 0.18), (0.12, 0.215), (0.055, 0.22)], (0.075, 0.055, 0.045)),
        ],
        0.05,
    )
    sheet.paint(head, coat_of)
    sheet.tint(capsule((0.06, 0.245), (0.19, 0.26), 0.004, 0.003), INK, 0.7, 0.003)
    ear = outline([(0.255, 0.085), (0.33, 0.1), (0.385, 0.2), (0.375, 0.31), (0.32, 0.33), (0.275, 0.24), (0.25, 0.15)])
    sheet.paint(ear, hide(dark(second, 0.85), sheet.rng), round_to=0.05, shadow=0.5)
    lines = [[(0.05, 0.21), (0.28, 0.14)], [(0.3, 0.18), (0.4, 0.42), (0.42, 0.6)], [(0.4, 0.36), (0.9, 0.38)]]
    lines += [[(0.4, 0.55), (0.9, 0.55)], fore[0], hind[0], tail, [(0.29, 0.1), (0.34, 0.32)]]
    coat(sheet, bones(lines), Hair(0.05 * shaggy, 0.1, 0.6, 0.45))
    sheet.paint(ellipse((0.022, 0.2), 0.026, 0.022), plain(_NOSE, 0.35), shadow=0)
    eye(sheet, (0.195, 0.145), 0.017)


def cat(sheet: Sheet, colour: Colour, stripes: Colour | None, chest: Colour, iris: Colour) -> None:
    """A cat that walks with its tail up; ``stripes`` are a tabby's."""
    coat_of, far = hide(colour, sheet.rng), hide(dark(colour, 0.6), sheet.rng)
    fore: Leg = [(0.36, 0.66), (0.35, 0.8), (0.345, 0.955)], (0.065, 0.044, 0.036)
    hind: Leg = [(0.87, 0.62), (0.84, 0.76), (0.92, 0.86), (0.885, 0.958)], (0.105, 0.066, 0.036, 0.034)
    _pawed(sheet, [beyond(fore, 0.08), beyond(hind, -0.07)], far)
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
    _pawed(sheet, [hind, fore], coat_of)
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
        _tabby(sheet, stripes)
    lines = [
        [(0.2, 0.4), (0.36, 0.3)],
        [(0.3, 0.45), (0.36, 0.65)],
        [(0.38, 0.5), (0.95, 0.5)],
        [(0.4, 0.66), (0.9, 0.66)],
    ]
    coat(sheet, bones([*lines, fore[0], hind[0], tail]), Hair(0.038, 0.11, 0.7, 0.4))
    for x in (0.165, 0.255):
        sheet.paint(ellipse((x, 0.335), 0.026, 0.023), plain(iris, 0.15, 0.8), shadow=0.3)
        sheet.paint(ellipse((x, 0.335), 0.009, 0.02), plain(INK), shadow=0)
        sheet.paint(ellipse((x - 0.008, 0.327), 0.006, 0.006), plain((1, 1, 1), 0, 1), shadow=0)
    _muzzle(sheet, (0.2, 0.38), 1.0)


def _tabby(sheet: Sheet, stripes: Colour) -> None:
    for i in range(9):
        x = 0.43 + 0.062 * i
        line = [(x, 0.44), (x + 0.025, 0.54), (x + 0.005, 0.65 - 0.02 * (i % 2))]
        sheet.tint(tube(line, (0.016, 0.013, 0.003)), stripes, 0.75, 0.006)
    for x, y in ((1.08, 0.46), (1.1, 0.4), (1.1, 0.34), (1.08, 0.28), (1.06, 0.22), (1.06, 0.16), (1.07, 0.1)):
        sheet.tint(capsule((x - 0.06, y), (x + 0.06, y + 0.01), 0.011, 0.011), stripes, 0.7, 0.005)
    for dx in (-0.035, 0.0, 0.035):
        sheet.tint(capsule((0.225 + dx, 0.235), (0.225 + dx * 0.8, 0.29), 0.008, 0.004), stripes, 0.75, 0.004)
    for x in (0.35, 0.88):
        for y in (0.7, 0.78, 0.86):
            sheet.tint(capsule((x - 0.05, y), (x + 0.05, y + 0.01), 0.009, 0.009), stripes, 0.6, 0.005)


def _pawed(sheet: Sheet, legs: list[Leg], skin: Material) -> None:
    """Paint legs that end in paws."""
    for points, radii in legs:
        sheet.paint(tube(points, radii), skin, shadow=0.1)
        (x, y), r = points[-1], radii[-1]
        sheet.paint(capsule((x, y + 0.004), (x - 1.1 * r, y + 0.25 * r), r, 0.85 * r), skin, shadow=0)


def _muzzle(sheet: Sheet, at: Point, size: float) -> None:
    """Nose, mouth and whiskers, seen from the front."""
    (x, y), s = at, size
    nose = outline([(x - 0.015 * s, y - 0.008 * s), (x + 0.015 * s, y - 0.008 * s), (x, y + 0.01 * s)], 3)
    sheet.paint(nose, plain((0.78, 0.45, 0.43)), shadow=0)
    for side in (-s, s):
        lip = tube(
            [(x, y + 0.01 * s), (x + 0.012 * side, y + 0.03 * s), (x + 0.035 * side, y + 0.028 * s)], (0.003,) * 3
        )
        sheet.paint(lip, plain(INK), opacity=0.8, shadow=0)
        for i in range(4):
            way = [(0.03, 0.012 + 0.006 * i), (0.11, -0.01 + 0.018 * i), (0.19, -0.015 + 0.028 * i)]
            line = [(x + dx * side, y + dy * s) for dx, dy in way]
            hair = tube(line, (0.0018, 0.0014, 0.0006))
            sheet.paint(hair, plain((0.97, 0.97, 0.95), 0, 1), opacity=0.85, shadow=0)


def rabbit(sheet: Sheet, colour: Colour, belly: Colour) -> None:
    """A rabbit that sits up, its ears upright."""
    rng = sheet.rng
    skin, far, light = hide(colour, rng), hide(dark(colour, 0.65), rng), hide(belly, rng)
    sheet.paint(capsule((0.42, 0.8), (0.4, 0.95), 0.06, 0.04), far)
    sheet.paint(ellipse((0.9, 0.78), 0.075, 0.07), light)
    for points, dim in (
        ([(0.33, 0.33), (0.33, 0.12), (0.37, 0.0), (0.41, 0.12), (0.385, 0.33)], 0.75),
        ([(0.235, 0.33), (0.2, 0.14), (0.22, 0.0), (0.275, 0.1), (0.305, 0.33)], 1.0),
    ):
        sheet.paint(outline(points), hide(dark(colour, dim), rng), round_to=0.05)
    sheet.tint(
        outline([(0.25, 0.31), (0.225, 0.15), (0.228, 0.05), (0.26, 0.12), (0.285, 0.31)]),
        (0.87, 0.6, 0.56),
        0.7,
        0.008,
    )
    trunk = [
        ellipse((0.6, 0.7), 0.26, 0.235, 12),
        ellipse((0.42, 0.7), 0.15, 0.2),
        capsule((0.4, 0.58), (0.32, 0.45), 0.13, 0.11),
    ]
    sheet.paint(blend(trunk, 0.07), skin, round_to=0.17)
    sheet.tint(ellipse((0.34, 0.7), 0.07, 0.15, 8), belly, 0.75, 0.03)
    sheet.tint(ellipse((0.6, 0.94), 0.28, 0.05), dark(colour, 0.4), 0.55, 0.03)
    sheet.paint(ellipse((0.71, 0.78), 0.175, 0.165), skin, shadow=0.35)
    sheet.paint(tube([(0.8, 0.9), (0.7, 0.935), (0.5, 0.955)], (0.07, 0.055, 0.04)), skin, shadow=0.2)
    sheet.paint(tube([(0.38, 0.78), (0.345, 0.88), (0.33, 0.955)], (0.07, 0.045, 0.04)), skin, shadow=0.25)
    head = [ellipse((0.27, 0.405), 0.135, 0.12), ellipse((0.195, 0.445), 0.08, 0.07)]
    sheet.paint(blend(head, 0.05), skin, shadow=0.4)
    sheet.tint(ellipse((0.16, 0.49), 0.07, 0.045), belly, 0.75, 0.02)
    lines = [
        [(0.13, 0.45), (0.36, 0.4)],
        [(0.33, 0.45), (0.42, 0.8)],
        [(0.45, 0.55), (0.75, 0.58), (0.86, 0.75)],
        [(0.6, 0.75), (0.8, 0.85)],
    ]
    ears = [[(0.27, 0.3), (0.23, 0.02)], [(0.36, 0.3), (0.37, 0.02)]]
    coat(sheet, bones([*lines, *ears]), Hair(0.042, 0.11, 0.6, 0.45))
    eye(sheet, (0.235, 0.385), 0.023)
    sheet.paint(ellipse((0.118, 0.43), 0.016, 0.012), plain((0.8, 0.5, 0.48)), shadow=0)
    sheet.tint(tube([(0.122, 0.445), (0.135, 0.475), (0.165, 0.48)], (0.003,) * 3), INK, 0.7, 0.002)
    for i in range(4):
        line = [(0.15, 0.45 + 0.008 * i), (0.08, 0.44 + 0.02 * i), (0.02, 0.45 + 0.034 * i)]
        sheet.paint(tube(line, (0.0018, 0.0014, 0.0006)), plain((0.97, 0.97, 0.95), 0, 1), opacity=0.8, shadow=0)
