"""Birds, ducks, an owl and butterflies; see ``anatomy`` for how animals are drawn."""

import numpy as np

from pipelines.sample.entities.anatomy import INK, bones, eye
from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide, mixed
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.shapes import Form, Point, blend, capsule, ellipse
from pipelines.sample.textures import Colour, plain

_DOWN = Hair(0.035, 0.12, 0.5, 0.35, 6.0, 0.13, 0.1)


def blade(start: Point, end: Point, width: float, bend: float = 0.0) -> Form:
    """A feather or leaf from ``start`` to ``end``, its middle line bent aside by ``bend``."""
    a, b = np.array(start), np.array(end)
    way = b - a
    side = np.array((-way[1], way[0])) / max(float(np.linalg.norm(way)), 1e-6)
    middle = [a + t * way + side * bend * 4 * t * (1 - t) for t in (0.3, 0.65)]
    ends = [a, middle[0] + side * width * 0.42, middle[1] + side * width * 0.5, b]
    back = [middle[1] - side * width * 0.5, middle[0] - side * width * 0.42]
    return outline([(float(p[0]), float(p[1])) for p in (*ends, *back)], 5)


def _fan(sheet: Sheet, feathers: list[tuple[Point, Point]], width: float, colour: Colour, tip: Colour) -> None:
    """Paint feathers, the last on top, with quills; their ends fray."""
    for start, end in feathers:
        one = sheet.like()
        one.paint(blade(start, end, width), hide(colour, sheet.rng, 0.05), shadow=0)
        one.tint(ellipse(end, 0.5 * width, 0.5 * width), tip, 0.7, 0.3 * width)
        one.tint(capsule(start, end, 0.003, 0.001), dark(colour, 1.35), 0.6, 0.001)
        coat(one, [(start, end)], Hair(0.02, 0.07, 0.6, 0.2, 5.0, 0.1))
        sheet.tint(blade(start, (end[0] + 0.006, end[1] + 0.012), width), (0, 0, 0), 0.25, 0.006)
        sheet.lay(one)


def bird(sheet: Sheet, back: Colour, breast: Colour, wing: Colour, beak: Colour) -> None:
    """A songbird that stands."""
    rng = sheet.rng
    for x in (0.5, 0.58):
        leg = plain((0.45, 0.28, 0.2), 0.1)
        sheet.paint(tube([(x, 0.75), (x - 0.025, 0.87), (x - 0.01, 0.965)], (0.02, 0.011, 0.011)), leg)
        for toe in ((-0.085, 0.985), (-0.045, 0.995), (0.055, 0.985)):
            sheet.paint(
                tube([(x - 0.01, 0.965), (x + 0.5 * toe[0], 0.97), (x + toe[0], toe[1])], (0.01, 0.009, 0.005)), leg
            )
    tail = [((0.8, 0.62 + 0.012 * i), (1.16 - 0.02 * i, 0.66 + 0.035 * i)) for i in range(4)]
    _fan(sheet, tail, 0.07, dark(wing, 0.85), dark(wing, 0.6))
    body = [
        ellipse((0.5, 0.53), 0.24, 0.255, -30),
        ellipse((0.28, 0.3), 0.165, 0.155),
        capsule((0.65, 0.58), (0.84, 0.64), 0.16, 0.05),
    ]
    trunk = sheet.like()
    trunk.paint(blend(body, 0.1), hide(back, rng), round_to=0.2)
    trunk.tint(
        outline([(0.2, 0.38), (0.33, 0.45), (0.44, 0.6), (0.66, 0.74), (0.5, 0.84), (0.3, 0.75), (0.17, 0.55)]),
        breast,
        0.95,
        0.025,
    )
    trunk.tint(ellipse((0.55, 0.79), 0.2, 0.06, 20), dark(breast, 0.5), 0.5, 0.03)
    lie = [[(0.14, 0.3), (0.4, 0.34)], [(0.25, 0.4), (0.35, 0.65), (0.55, 0.76)], [(0.42, 0.36), (0.84, 0.62)]]
    coat(trunk, bones(lie), _DOWN)
    sheet.lay(trunk)
    quills = [((0.5, 0.5 + 0.012 * i), (0.98 - 0.045 * i, 0.66 + 0.018 * i)) for i in range(7)]
    _fan(sheet, quills, 0.085, dark(wing, 0.8), dark(wing, 0.5))
    covert = sheet.like()
    covert.paint(
        outline([(0.4, 0.42), (0.52, 0.4), (0.68, 0.52), (0.7, 0.62), (0.58, 0.67), (0.45, 0.62), (0.38, 0.52)]),
        hide(wing, rng),
        round_to=0.1,
    )
    coat(covert, [((0.4, 0.45), (0.7, 0.62))], _DOWN)
    sheet.lay(covert)
    sheet.paint(
        outline([(0.145, 0.265), (0.08, 0.285), (0.0, 0.33), (0.08, 0.335), (0.15, 0.345)], 4),
        plain(beak, 0.25),
        shadow=0.1,
    )
    sheet.tint(tube([(0.01, 0.328), (0.08, 0.312), (0.15, 0.312)], (0.003,) * 3), dark(beak, 0.4), 0.8, 0.002)
    eye(sheet, (0.235, 0.265), 0.02, (0.08, 0.05, 0.04))


def duck(sheet: Sheet, body: Colour, head: Colour, breast: Colour, bill: Colour) -> None:
    """A duck that stands."""
    rng, orange = sheet.rng, hide((0.9, 0.5, 0.12), sheet.rng, 0.03)
    for x in (0.62, 0.74):
        sheet.paint(capsule((x, 0.78), (x, 0.93), 0.026, 0.022), orange)
        foot = [(x + 0.03, 0.94), (x - 0.02, 0.925), (x - 0.13, 0.965), (x - 0.13, 0.99), (x + 0.03, 0.99)]
        sheet.paint(outline(foot, 4), orange)
    hull = sheet.like()
    hull.paint(outline([(0.95, 0.52), (1.12, 0.42), (1.13, 0.47), (1.06, 0.62), (0.92, 0.7)]), hide(body, rng))
    heaps = [
        ellipse((0.66, 0.63), 0.32, 0.19),
        ellipse((0.42, 0.6), 0.155, 0.17),
        capsule((0.85, 0.6), (1.0, 0.53), 0.14, 0.07),
    ]
    hull.paint(blend(heaps, 0.08), hide(body, rng), round_to=0.17)
    hull.tint(ellipse((0.37, 0.6), 0.14, 0.19), breast, 0.95, 0.02)
    hull.tint(ellipse((0.66, 0.81), 0.28, 0.05), dark(body, 0.45), 0.55, 0.03)
    neck = sheet.like()
    neck.paint(
        blend(
            [
                tube([(0.38, 0.52), (0.31, 0.38), (0.29, 0.25)], (0.12, 0.085, 0.08)),
                ellipse((0.265, 0.185), 0.12, 0.11),
            ],
            0.05,
        ),
        hide(head, rng, 0.05, 0.06),
    )
    if head != body:
        neck.tint(tube([(0.26, 0.47), (0.36, 0.46), (0.46, 0.42)], (0.016, 0.018, 0.016)), (0.95, 0.95, 0.93), 1, 0.004)
    coat(hull, bones([[(0.35, 0.45), (0.4, 0.75)], [(0.45, 0.55), (1.1, 0.5)], [(0.5, 0.75), (1.0, 0.65)]]), _DOWN)
    sheet.lay(hull)
    coat(
        neck,
        bones([[(0.15, 0.18), (0.3, 0.15)], [(0.29, 0.2), (0.31, 0.38), (0.4, 0.55)]]),
        Hair(0.025, 0.12, 0.4, 0.3, 6.0, 0.12),
    )
    sheet.lay(neck)
    quills = [((0.55, 0.56 + 0.018 * i), (1.06 - 0.045 * i, 0.57 + 0.035 * i)) for i in range(6)]
    _fan(sheet, quills, 0.1, dark(body, 0.82), dark(body, 0.6))
    covert = sheet.like()
    covert.paint(
        outline([(0.46, 0.55), (0.6, 0.48), (0.78, 0.54), (0.8, 0.64), (0.66, 0.72), (0.5, 0.68)]),
        hide(dark(body, 0.95), rng),
        round_to=0.1,
    )
    coat(covert, [((0.46, 0.58), (0.8, 0.62))], _DOWN)
    sheet.lay(covert)
    beak = outline([(0.17, 0.155), (0.1, 0.175), (0.0, 0.215), (-0.01, 0.24), (0.07, 0.25), (0.17, 0.235)])
    sheet.paint(beak, plain(bill, 0.25), shadow=0.15)
    sheet.tint(tube([(0.0, 0.235), (0.08, 0.225), (0.17, 0.205)], (0.003,) * 3), dark(bill, 0.45), 0.8, 0.002)
    sheet.tint(ellipse((0.1, 0.195), 0.012, 0.006, -15), dark(bill, 0.35), 0.9, 0.002)
    eye(sheet, (0.235, 0.155), 0.018, (0.09, 0.06, 0.05))


def owl(sheet: Sheet) -> None:
    """An owl, seen from the front."""
    rng, brown, cream = sheet.rng, (0.46, 0.32, 0.2), (0.9, 0.82, 0.68)
    claw = plain((0.75, 0.6, 0.3), 0.15)
    for x in (0.34, 0.42, 0.56, 0.64):
        sheet.paint(capsule((x, 0.94), (x - 0.005, 0.985), 0.022, 0.012), claw)
    for side in (-1, 1):
        x = 0.5 + side * 0.16
        sheet.paint(
            outline([(x - side * 0.1, 0.13), (x + side * 0.06, 0.0), (x + side * 0.1, 0.18)], 4),
            hide(dark(brown, 0.8), rng),
        )
    body = [ellipse((0.5, 0.65), 0.29, 0.31), ellipse((0.5, 0.3), 0.265, 0.225)]
    trunk = sheet.like()
    trunk.paint(blend(body, 0.08), hide(brown, rng), round_to=0.2)
    trunk.tint(ellipse((0.5, 0.7), 0.19, 0.24), cream, 0.9, 0.03)
    for i in range(5):
        for j in range(5 - i % 2):
            x, y = 0.38 + 0.06 * j + 0.03 * (i % 2), 0.56 + 0.07 * i
            trunk.tint(outline([(x - 0.016, y), (x + 0.016, y), (x, y + 0.04)], 3), dark(brown, 0.7), 0.85, 0.004)
    for side in (-1, 1):
        trunk.tint(ellipse((0.5 + side * 0.115, 0.3), 0.125, 0.13), cream, 0.9, 0.015)
    coat(
        trunk,
        bones(
            [
                [(0.5, 0.1), (0.5, 0.4)],
                [(0.3, 0.3), (0.28, 0.85)],
                [(0.7, 0.3), (0.72, 0.85)],
                [(0.5, 0.5), (0.5, 0.95)],
            ]
        ),
        _DOWN,
    )
    sheet.lay(trunk)
    for side in (-1, 1):
        wing = [
            ((0.5 + side * (0.27 - 0.012 * i), 0.46 + 0.02 * i), (0.5 + side * (0.2 + 0.035 * i), 0.96 - 0.055 * i))
            for i in range(5)
        ]
        _fan(sheet, wing, 0.1, dark(brown, 0.8), dark(brown, 0.5))
        at = (0.5 + side * 0.115, 0.3)
        sheet.paint(ellipse(at, 0.066, 0.066), plain((0.95, 0.65, 0.1), 0.2, 0.75), shadow=0.4)
        sheet.paint(ellipse(at, 0.036, 0.036), plain(INK), shadow=0)
        sheet.paint(ellipse((at[0] - 0.02, at[1] - 0.022), 0.013, 0.013), plain((1, 1, 1), 0, 1), shadow=0)
    sheet.paint(
        outline([(0.465, 0.34), (0.535, 0.34), (0.515, 0.41), (0.5, 0.44), (0.485, 0.41)], 4),
        plain((0.3, 0.26, 0.2), 0.3),
        shadow=0.4,
    )


def butterfly(sheet: Sheet, colour: Colour, edge: Colour, spots: Colour) -> None:
    """A butterfly from above."""
    rng = sheet.rng
    for side in (-1, 1):

        def at(points: list[Point], side: int = side) -> list[Point]:
            return [(0.6 + side * x, y) for x, y in points]

        low = at(
            [
                (0.03, 0.47),
                (0.2, 0.5),
                (0.38, 0.56),
                (0.42, 0.68),
                (0.34, 0.82),
                (0.22, 0.86),
                (0.12, 0.76),
                (0.04, 0.58),
            ]
        )
        high = at(
            [
                (0.02, 0.44),
                (0.12, 0.24),
                (0.32, 0.08),
                (0.52, 0.04),
                (0.57, 0.12),
                (0.52, 0.3),
                (0.44, 0.44),
                (0.28, 0.52),
                (0.05, 0.5),
            ]
        )
        for wing, tone, heart in (
            (low, dark(colour, 0.85), at([(0.2, 0.64)])[0]),
            (high, colour, at([(0.27, 0.28)])[0]),
        ):
            form = outline(wing)
            sheet.paint(form, hide(edge, rng, 0.08), round_to=0.5, shadow=0.2)
            inner = [(x + 0.14 * (heart[0] - x), y + 0.14 * (heart[1] - y)) for x, y in wing]
            sheet.tint(outline(inner), tone, 1.0, 0.006)
            sheet.tint(ellipse(heart, 0.12, 0.12), mixed(tone, (1, 0.95, 0.8), 0.35), 0.7, 0.05)
            root = at([(0.02, 0.47)])[0]
            for x, y in wing[1:-1]:
                sheet.tint(capsule(root, (x, y), 0.004, 0.0025), edge, 0.85, 0.001)
            for i in range(len(wing) - 3):
                mid = [0.5 * (wing[i + 1][k] + wing[i + 2][k]) for k in (0, 1)]
                dot = (mid[0] + 0.06 * (heart[0] - mid[0]), mid[1] + 0.06 * (heart[1] - mid[1]))
                sheet.tint(ellipse(dot, 0.014, 0.011), spots, 0.9, 0.003)
        feeler = tube(at([(0.01, 0.34), (0.05, 0.2), (0.13, 0.1)]), (0.004, 0.003, 0.003))
        sheet.paint(feeler, plain(INK), shadow=0)
        sheet.paint(ellipse(at([(0.133, 0.095)])[0], 0.01, 0.008), plain(INK), shadow=0)
    body = blend(
        [
            ellipse((0.6, 0.36), 0.026, 0.03),
            capsule((0.6, 0.4), (0.6, 0.52), 0.034, 0.03),
            capsule((0.6, 0.52), (0.6, 0.74), 0.026, 0.012),
        ],
        0.015,
    )
    hairy = sheet.like()
    hairy.paint(body, hide((0.13, 0.1, 0.09), rng))
    coat(hairy, [((0.6, 0.34), (0.6, 0.75))], Hair(0.022, 0.2, 0.8, 0.4))
    sheet.lay(hairy)
