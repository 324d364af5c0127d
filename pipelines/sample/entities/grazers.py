"""Sheep, horses, zebras and cows; see ``anatomy`` for how animals are drawn."""

from pipelines.sample.entities.anatomy import INK, Leg, beyond, bones, eye, hooves, limbs
from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.shapes import Point, blend, capsule, ellipse
from pipelines.sample.textures import Colour, plain

_CURLS = Hair(0.034, 0.16, 0.9, 2.2, 4.0, 0.17, 0.5)


def sheep(sheet: Sheet, wool: Colour, face: Colour) -> None:
    """A sheep in full wool."""
    skin, far, fleece = hide(face, sheet.rng), hide(dark(face, 0.6), sheet.rng), hide(wool, sheet.rng)
    fore: Leg = [(0.42, 0.66), (0.415, 0.84), (0.42, 0.955)], (0.06, 0.037, 0.034)
    hind: Leg = [(0.88, 0.66), (0.875, 0.8), (0.89, 0.955)], (0.06, 0.037, 0.034)
    limbs(sheet, [beyond(fore, 0.1), beyond(hind, -0.1)], far)
    limbs(sheet, [fore, hind], skin)
    coat(sheet, bones([fore[0], hind[0]]), Hair(0.02, 0.1, 0.4))
    hooves(sheet, [fore, hind, beyond(fore, 0.1), beyond(hind, -0.1)])
    body = sheet.like()
    body.paint(ellipse((1.06, 0.52), 0.04, 0.09, -12), fleece)
    heaps = [((0.4, 0.5), 0.2, 0.2), ((0.66, 0.47), 0.3, 0.23), ((0.87, 0.5), 0.19, 0.21), ((0.3, 0.36), 0.13, 0.16)]
    body.paint(blend([ellipse(*heap) for heap in heaps], 0.06), fleece, round_to=0.18)
    body.tint(ellipse((0.65, 0.68), 0.4, 0.07), dark(wool, 0.45), 0.6, 0.05)
    coat(body, bones([[(0.35, 0.45), (0.95, 0.45)], [(0.35, 0.6), (0.95, 0.6)], [(0.3, 0.3), (0.36, 0.5)]]), _CURLS)
    sheet.lay(body)
    snout = tube([(0.21, 0.26), (0.13, 0.34), (0.095, 0.385)], (0.085, 0.062, 0.052))
    sheet.paint(blend([ellipse((0.235, 0.235), 0.1, 0.105), snout], 0.04), skin, shadow=0.5)
    ear = outline([(0.28, 0.2), (0.35, 0.2), (0.41, 0.25), (0.37, 0.29), (0.29, 0.26)])
    sheet.paint(ear, skin, round_to=0.03, shadow=0.5)
    crown = sheet.like()
    crown.paint(blend([ellipse((0.25, 0.14), 0.085, 0.055), ellipse((0.19, 0.16), 0.045, 0.04)], 0.02), fleece)
    coat(crown, [((0.25, 0.2), (0.25, 0.05))], _CURLS)
    sheet.lay(crown)
    eye(sheet, (0.185, 0.235), 0.016, (0.5, 0.36, 0.12))
    sheet.tint(ellipse((0.075, 0.375), 0.011, 0.007, 40), INK, 0.9, 0.003)
    sheet.tint(tube([(0.085, 0.425), (0.12, 0.41), (0.145, 0.4)], (0.004, 0.003, 0.002)), INK, 0.8, 0.002)


def horse(sheet: Sheet, colour: Colour, mane: Colour, socks: Colour | None = None) -> None:
    """A horse; ``socks`` is the colour of its lower legs and of a blaze."""
    _equine(sheet, colour, mane, socks, striped=False)


def zebra(sheet: Sheet) -> None:
    """A zebra: a horse with stripes and a short dark mane."""
    _equine(sheet, (0.92, 0.9, 0.86), (0.1, 0.09, 0.09), None, striped=True)


_FORE: Leg = [(0.44, 0.52), (0.43, 0.7), (0.425, 0.82), (0.425, 0.945)], (0.08, 0.042, 0.027, 0.028)
_HIND: Leg = [(0.91, 0.5), (0.88, 0.66), (0.945, 0.77), (0.915, 0.945)], (0.125, 0.066, 0.03, 0.029)
_TAIL: list[Point] = [(1.02, 0.4), (1.08, 0.47), (1.1, 0.62), (1.09, 0.76)]


def _equine(sheet: Sheet, colour: Colour, mane: Colour, socks: Colour | None, striped: bool) -> None:
    rng = sheet.rng
    skin, far, hairs = hide(colour, rng, 0.05), hide(dark(colour, 0.58), rng), hide(mane, rng)
    limbs(sheet, [beyond(_FORE, 0.075), beyond(_HIND, -0.085)], far)
    tail = sheet.like()
    tail.paint(tube(_TAIL, (0.03, 0.04, 0.042, 0.02)), hairs)
    coat(tail, bones([_TAIL]), Hair(0.14, 0.18, 0.35, 0.35, 7.0, 0.2, 0.08))
    sheet.lay(tail)
    neck = tube([(0.43, 0.4), (0.335, 0.26), (0.265, 0.13)], (0.165, 0.105, 0.075))
    trunk = [ellipse((0.45, 0.45), 0.15, 0.165), capsule((0.5, 0.44), (0.82, 0.435), 0.155, 0.14), neck]
    sheet.paint(blend([*trunk, ellipse((0.9, 0.435), 0.135, 0.15)], 0.07), skin, round_to=0.15)
    sheet.tint(ellipse((0.68, 0.58), 0.2, 0.045), dark(colour, 0.45), 0.7, 0.03)
    limbs(sheet, [_FORE, _HIND], skin)
    for points in ([(0.225, 0.05), (0.222, -0.035), (0.255, 0.03)], [(0.27, 0.05), (0.285, -0.05), (0.315, 0.05)]):
        sheet.paint(outline(points, 4), skin, round_to=0.02)
    head = tube([(0.262, 0.1), (0.19, 0.18), (0.12, 0.285), (0.1, 0.315)], (0.085, 0.066, 0.046, 0.045))
    sheet.paint(blend([head, ellipse((0.235, 0.165), 0.065, 0.07)], 0.03), skin, shadow=0.35)
    sheet.tint(ellipse((0.085, 0.325), 0.06, 0.05), dark(colour, 0.35), 0.6, 0.02)
    if striped:
        _stripes(sheet, mane)
    if socks is not None:
        for x in (0.425, 0.915):
            sheet.tint(capsule((x, 0.87), (x, 0.93), 0.06, 0.06), socks, 1.0, 0.008)
        sheet.tint(tube([(0.195, 0.07), (0.13, 0.18), (0.075, 0.28)], (0.018, 0.022, 0.016)), socks, 1.0, 0.006)
    lines = [[(0.1, 0.3), (0.26, 0.1)], [(0.28, 0.12), (0.44, 0.4)], [(0.45, 0.4), (1.0, 0.42)], _FORE[0], _HIND[0]]
    coat(sheet, bones(lines), Hair(0.014, 0.13, 0.5, 0.3, 5.0, 0.1))
    hooves(sheet, [_FORE, _HIND, beyond(_FORE, 0.075), beyond(_HIND, -0.085)])
    _mane(sheet, mane, 0.05 if striped else 0.13)
    eye(sheet, (0.2, 0.125), 0.016)
    sheet.tint(ellipse((0.072, 0.315), 0.014, 0.009, -50), INK, 0.9, 0.003)
    sheet.tint(tube([(0.09, 0.358), (0.125, 0.335)], (0.003, 0.002)), INK, 0.8, 0.002)


def _mane(sheet: Sheet, colour: Colour, length: float) -> None:
    short = length < 0.1
    crest: list[Point] = [(0.265, 0.02), (0.325, 0.07), (0.39, 0.16), (0.46, 0.27)]
    hairs = sheet.like()
    hairs.paint(tube(crest, (0.02, 0.026, 0.026, 0.018)), hide(colour, sheet.rng))
    way = (0.03, -0.04) if short else (0.03, 0.12)
    lie = [((x, y), (x + way[0], y + way[1])) for x, y in crest]
    coat(hairs, lie, Hair(length, 0.5, 0.3, 0.3, 7.0, 0.2, 0.12))
    sheet.lay(hairs)
    if not short:
        lock = sheet.like()
        lock.paint(ellipse((0.235, 0.035), 0.025, 0.022), hide(colour, sheet.rng))
        coat(lock, [((0.24, 0.0), (0.2, 0.09))], Hair(0.09, 0.4, 0.1, 0.3, 6.0, 0.2, 0.1))
        sheet.lay(lock)


def _stripes(sheet: Sheet, ink: Colour) -> None:
    """Across the neck, the trunk, the rump and the legs."""
    for i in range(7):
        t = i / 6
        x, y = 0.29 + 0.13 * t, 0.1 + 0.24 * t
        sheet.tint(
            tube([(x + 0.1, y - 0.06), (x, y + 0.03), (x - 0.12, y + 0.12)], (0.014, 0.016, 0.006)), ink, 1, 0.003
        )
    for i in range(8):
        x = 0.5 + 0.062 * i
        lean = 0.012 * (i - 2)
        line = [(x + lean, 0.25), (x, 0.42), (x - 0.02 + lean * 1.5, 0.57)]
        sheet.tint(tube(line, (0.017, 0.018, 0.006)), ink, 1, 0.003)
    for i in range(3):
        line = [(1.06, 0.36 + 0.08 * i), (0.93, 0.43 + 0.08 * i), (0.83, 0.57 + 0.055 * i)]
        sheet.tint(tube(line, (0.014, 0.017, 0.007)), ink, 1, 0.003)
    for x, top, slant in ((0.43, 0.58, 0.01), (0.9, 0.7, 0.03)):
        for i in range(7):
            y = top + 0.045 * i
            sheet.tint(capsule((x - 0.12, y + slant), (x + 0.12, y), 0.01, 0.01), ink, 1, 0.003)
    for i in range(5):
        x, y = 0.13 + 0.03 * i, 0.25 - 0.033 * i
        sheet.tint(capsule((x - 0.06, y - 0.05), (x + 0.05, y + 0.05), 0.008, 0.007), ink, 1, 0.003)


def cow(sheet: Sheet, colour: Colour, patches: Colour | None, horns: bool = True) -> None:
    """A cow; ``patches`` lie on it as on a Holstein."""
    rng = sheet.rng
    skin, far = hide(colour, rng, 0.05), hide(dark(colour, 0.58), rng)
    fore: Leg = [(0.43, 0.55), (0.425, 0.74), (0.42, 0.84), (0.42, 0.945)], (0.085, 0.05, 0.034, 0.036)
    hind: Leg = [(0.98, 0.52), (0.95, 0.7), (0.995, 0.8), (0.975, 0.945)], (0.12, 0.065, 0.035, 0.036)
    limbs(sheet, [beyond(fore, 0.1), beyond(hind, -0.11)], far)
    pink = hide((0.87, 0.62, 0.57), rng, 0.03)
    sheet.paint(ellipse((0.83, 0.655), 0.095, 0.075), pink)
    for x in (0.79, 0.84, 0.88):
        sheet.paint(capsule((x, 0.71), (x - 0.004, 0.75), 0.016, 0.011), pink)
    rump = [(1.07, 0.32), (1.115, 0.38), (1.12, 0.6)]
    sheet.paint(tube(rump, (0.024, 0.019, 0.014)), skin)
    neck = capsule((0.42, 0.38), (0.3, 0.26), 0.165, 0.105)
    trunk = [ellipse((0.45, 0.45), 0.15, 0.2), capsule((0.5, 0.44), (0.9, 0.43), 0.2, 0.19), neck]
    sheet.paint(blend([*trunk, ellipse((0.97, 0.41), 0.125, 0.165)], 0.06), skin, round_to=0.18)
    sheet.tint(ellipse((0.66, 0.62), 0.25, 0.05), dark(colour, 0.5), 0.6, 0.04)
    limbs(sheet, [fore, hind], skin)
    if patches is not None:
        for blot in (
            [(0.4, 0.24), (0.55, 0.22), (0.6, 0.36), (0.52, 0.5), (0.42, 0.46), (0.36, 0.34)],
            [(0.68, 0.2), (0.85, 0.21), (0.88, 0.3), (0.8, 0.42), (0.7, 0.36)],
            [(0.92, 0.36), (1.1, 0.26), (1.12, 0.5), (1.0, 0.6), (0.93, 0.52)],
            [(0.64, 0.5), (0.72, 0.47), (0.77, 0.55), (0.7, 0.63), (0.62, 0.58)],
        ):
            sheet.tint(outline(blot), patches, 0.94, 0.006)
    if horns:
        for line in ([(0.225, 0.13), (0.19, 0.09), (0.195, 0.03)], [(0.3, 0.12), (0.335, 0.08), (0.33, 0.02)]):
            sheet.paint(tube(line, (0.026, 0.02, 0.006)), plain((0.88, 0.82, 0.68), 0.2))
    for ear in (
        [(0.33, 0.165), (0.4, 0.14), (0.45, 0.17), (0.4, 0.21)],
        [(0.2, 0.16), (0.13, 0.12), (0.085, 0.15), (0.14, 0.19)],
    ):
        sheet.paint(outline(ear), hide(dark(patches or colour, 0.9), rng), round_to=0.03)
    face = tube([(0.265, 0.185), (0.2, 0.28), (0.15, 0.36)], (0.1, 0.08, 0.075))
    sheet.paint(face, skin, shadow=0.45)
    if patches is not None:
        sheet.tint(outline([(0.28, 0.08), (0.37, 0.14), (0.33, 0.3), (0.26, 0.3), (0.24, 0.2)]), patches, 0.94, 0.006)
    lines = [
        [(0.15, 0.36), (0.27, 0.15)],
        [(0.3, 0.2), (0.45, 0.4)],
        [(0.45, 0.36), (1.05, 0.36)],
        [(0.45, 0.55), (1.05, 0.55)],
    ]
    coat(sheet, bones([*lines, fore[0], hind[0], rump]), Hair(0.019, 0.12, 0.5, 0.35, 5.0, 0.1))
    hooves(sheet, [fore, hind, beyond(fore, 0.1), beyond(hind, -0.11)])
    tuft = sheet.like()
    tuft.paint(ellipse((1.118, 0.63), 0.022, 0.05), hide(dark(patches or colour, 0.8), rng))
    coat(tuft, [((1.12, 0.55), (1.115, 0.75))], Hair(0.07, 0.3, 0.3, 0.3))
    sheet.lay(tuft)
    sheet.paint(ellipse((0.135, 0.375), 0.078, 0.058, 25), pink, shadow=0.15)
    for spot in ((0.1, 0.36), (0.15, 0.385)):
        sheet.tint(ellipse(spot, 0.013, 0.009, 30), (0.35, 0.18, 0.17), 0.9, 0.003)
    sheet.tint(
        tube([(0.09, 0.415), (0.14, 0.425), (0.18, 0.405)], (0.002, 0.004, 0.002)), (0.35, 0.18, 0.17), 0.8, 0.002
    )
    eye(sheet, (0.215, 0.215), 0.017)
