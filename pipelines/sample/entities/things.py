"""Things with hard outlines: balls, umbrellas, bags, balloons, lamps, chairs and the like."""

from itertools import pairwise

import numpy as np

from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide, mixed
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.entities.vessels import band
from pipelines.sample.shapes import Form, Point, blend, both, capsule, ellipse, minus, polygon, ring
from pipelines.sample.textures import Colour, plain, weave

_WHITE: Colour = (0.95, 0.94, 0.92)
_INK: Colour = (0.08, 0.07, 0.07)
_WOOD: Colour = (0.5, 0.31, 0.16)
_BRASS = plain((0.83, 0.66, 0.28), 0.4)


def ball(sheet: Sheet, colour: Colour, second: Colour) -> None:
    """A beach ball with stripes in two colours."""
    c, r = (0.5, 0.5), 0.46
    whole = ellipse(c, r, r)
    sheet.paint(whole, plain(colour, 0.3))
    pole = (0.36, 0.3)
    for i in range(0, 8, 2):
        a, b = np.radians(45 * i + 12), np.radians(45 * (i + 1) + 12)
        edge = [_bent(pole, a, t) for t in np.linspace(0, 1, 6)] + [_bent(pole, b, t) for t in np.linspace(1, 0, 6)]
        sheet.tint(both(polygon(edge), whole), second, 1.0)
    side = sheet.width - 0.36 if sheet.flip else 0.36
    sheet.tint(minus(whole, ellipse((side, 0.35), 1.05 * r, 1.05 * r)), (0, 0, 0), 0.45, 0.2 * r)
    sheet.tint(ellipse(pole, 0.055, 0.05), _WHITE, 0.95)
    sheet.tint(ellipse((side - 0.04, 0.25), 0.08, 0.08), (1, 1, 1), 0.5, 0.03)


def _bent(pole: Point, angle: float, t: float) -> Point:
    """A point on the way from a ball's pole over its rim; the way bends as it does on a ball."""
    turn = angle + 0.35 * t
    return pole[0] + 1.1 * t * float(np.cos(turn)), pole[1] + 1.1 * t * float(np.sin(turn))


def umbrella(sheet: Sheet, colour: Colour, second: Colour) -> None:
    """An open umbrella whose panels take turns in two colours."""
    hook = [(0.6, 0.1), (0.6, 0.5), (0.6, 0.86), (0.615, 0.93), (0.665, 0.95), (0.705, 0.9), (0.705, 0.87)]
    sheet.paint(tube(hook[:3], (0.01, 0.01, 0.01)), plain((0.6, 0.6, 0.62), 0.5))
    sheet.paint(tube(hook[2:], (0.019,) * 5), plain(_WOOD, 0.3))
    ribs = [0.03, 0.2, 0.42, 0.66, 0.9, 1.09, 1.17]
    dome = both(ellipse((0.6, 0.56), 0.575, 0.5), band(-1, 0.56))
    for left, right in pairwise(ribs):
        middle = 0.5 * (left + right)
        dome = minus(dome, ellipse((middle, 0.575), 0.5 * (right - left), 0.065))
    sheet.paint(dome, weave(colour, sheet.rng, 120, 0.04), round_to=0.4, shadow=0)
    for i in range(0, 6, 2):
        panel = polygon([*_rib(ribs[i]), *reversed(_rib(ribs[i + 1]))])
        sheet.tint(both(panel, dome), second, 0.55 if second == colour else 0.92)
    for x in ribs[1:-1]:
        line = _rib(x)
        sheet.tint(tube([line[0], line[4], line[8]], (0.003,) * 3), dark(colour, 0.4), 0.55, 0.002)
    sheet.tint(both(band(0.42, 0.6), dome), (0, 0, 0), 0.22, 0.06)
    far = ellipse((0.85, 0.45), 0.3, 0.35) if not sheet.flip else ellipse((0.35, 0.45), 0.3, 0.35)
    sheet.tint(both(far, dome), (0, 0, 0), 0.25, 0.1)
    sheet.paint(capsule((0.6, 0.07), (0.6, 0.0), 0.012, 0.005), plain((0.6, 0.6, 0.62), 0.5))


def _rib(x: float) -> list[Point]:
    """An umbrella's rib from its top to the rim at ``x``."""
    t = np.linspace(0, np.pi / 2, 9)
    return [(0.6 + (x - 0.6) * float(np.sin(a)), 0.57 - 0.52 * float(np.cos(a))) for a in t]


def balloon(sheet: Sheet, colour: Colour) -> None:
    """A balloon that light comes through a little, on a string."""
    body = outline(
        [
            (0.35, 0.02),
            (0.57, 0.1),
            (0.67, 0.3),
            (0.6, 0.5),
            (0.42, 0.66),
            (0.35, 0.69),
            (0.28, 0.66),
            (0.1, 0.5),
            (0.03, 0.3),
            (0.13, 0.1),
        ]
    )
    string = [(0.35, 0.72), (0.36, 0.79), (0.33, 0.87), (0.37, 0.94), (0.35, 1.0)]
    sheet.paint(tube(string, (0.004,) * 5), plain((0.9, 0.9, 0.88)), shadow=0)
    sheet.paint(outline([(0.35, 0.67), (0.385, 0.72), (0.35, 0.715), (0.315, 0.72)], 4), plain(dark(colour, 0.8)))
    sheet.paint(body, plain(colour, 0.25, 0.55), round_to=0.33, opacity=0.93, shadow=0)
    sheet.tint(ring(body, 0.03), dark(colour, 0.75), 0.5, 0.02)
    left = 0.2 if not sheet.flip else sheet.width - 0.2
    sheet.tint(ellipse((left, 0.2), 0.05, 0.09, 30 if not sheet.flip else -30), (1, 1, 1), 0.8, 0.015)
    sheet.tint(ellipse((sheet.width - left - 0.03, 0.48), 0.08, 0.05, -45), mixed(colour, (1, 1, 1), 0.5), 0.5, 0.03)


def backpack(sheet: Sheet, colour: Colour, second: Colour) -> None:
    """A backpack with a pocket."""
    cloth, other = weave(colour, sheet.rng, 90, 0.07), weave(second, sheet.rng, 90, 0.07)
    sheet.paint(tube([(0.32, 0.1), (0.34, 0.015), (0.46, 0.015), (0.48, 0.1)], (0.02,) * 4), other)
    for x, way in ((0.1, -1), (0.7, 1)):
        strap = [(x, 0.36), (x + way * 0.075, 0.5), (x + way * 0.07, 0.72), (x, 0.85)]
        sheet.paint(tube(strap, (0.025, 0.028, 0.026, 0.02)), other)
    body = outline(
        [
            (0.4, 0.06),
            (0.58, 0.09),
            (0.7, 0.22),
            (0.735, 0.5),
            (0.73, 0.85),
            (0.66, 0.95),
            (0.4, 0.97),
            (0.14, 0.95),
            (0.07, 0.85),
            (0.065, 0.5),
            (0.1, 0.22),
            (0.22, 0.09),
        ],
        5,
    )
    sheet.paint(body, cloth, round_to=0.17)
    for side in (0.03, 0.77):
        pouch = outline([(side - 0.045, 0.58), (side + 0.045, 0.58), (side + 0.05, 0.9), (side - 0.05, 0.9)], 4)
        sheet.paint(pouch, other, round_to=0.05)
    zip_ = tube([(0.11, 0.45), (0.17, 0.22), (0.4, 0.13), (0.63, 0.22), (0.69, 0.45)], (0.007,) * 5)
    sheet.tint(zip_, dark(colour, 0.3), 0.9, 0.002)
    sheet.paint(capsule((0.69, 0.45), (0.695, 0.51), 0.011, 0.008), _BRASS, shadow=0.2)
    pocket = outline(
        [(0.16, 0.52), (0.4, 0.5), (0.64, 0.52), (0.66, 0.72), (0.63, 0.87), (0.4, 0.9), (0.17, 0.87), (0.14, 0.72)], 5
    )
    sheet.paint(pocket, cloth, round_to=0.09, shadow=0.6)
    sheet.tint(tube([(0.15, 0.59), (0.4, 0.57), (0.65, 0.59)], (0.007,) * 3), dark(colour, 0.3), 0.9, 0.002)
    sheet.paint(capsule((0.62, 0.59), (0.625, 0.65), 0.011, 0.008), _BRASS, shadow=0.2)
    sheet.paint(polygon([(0.33, 0.68), (0.47, 0.68), (0.47, 0.78), (0.33, 0.78)], 0.01), other, round_to=0.02)


def handbag(sheet: Sheet, colour: Colour) -> None:
    """A leather handbag."""
    leather = hide(colour, sheet.rng, 0.03, 0.1)
    strap = [(0.26, 0.46), (0.28, 0.18), (0.5, 0.03), (0.72, 0.18), (0.74, 0.46)]
    sheet.paint(tube(strap, (0.022,) * 5), leather)
    body = outline(
        [
            (0.16, 0.42),
            (0.5, 0.4),
            (0.84, 0.42),
            (0.93, 0.66),
            (0.97, 0.88),
            (0.9, 0.96),
            (0.5, 0.97),
            (0.1, 0.96),
            (0.03, 0.88),
            (0.07, 0.66),
        ],
        5,
    )
    sheet.paint(body, leather, round_to=0.13)
    sheet.tint(ellipse((0.5, 0.95), 0.5, 0.05), (0, 0, 0), 0.35, 0.03)
    flap = outline(
        [(0.15, 0.41), (0.5, 0.39), (0.85, 0.41), (0.88, 0.55), (0.76, 0.66), (0.5, 0.71), (0.24, 0.66), (0.12, 0.55)],
        5,
    )
    sheet.paint(flap, leather, round_to=0.06, shadow=0.7)
    seam = minus(ring(flap, 0.032), ring(flap, 0.026))
    sheet.tint(seam, mixed(colour, (1, 0.9, 0.7), 0.5), 0.8)
    for x in (0.26, 0.74):
        sheet.paint(ring(ellipse((x, 0.46), 0.035, 0.035), 0.013), _BRASS)
    sheet.paint(polygon([(0.455, 0.65), (0.545, 0.65), (0.545, 0.73), (0.455, 0.73)], 0.01), _BRASS, round_to=0.03)
    sheet.tint(ellipse((0.5, 0.69), 0.014, 0.014), (0.3, 0.2, 0.08), 0.9, 0.002)


def lamp(sheet: Sheet, shade: Colour, foot: Colour) -> None:
    """A table lamp that is lit: light comes through its shade."""
    base = hide(foot, sheet.rng, 0.02, 0.25)
    sheet.paint(ellipse((0.4, 0.95), 0.2, 0.035), base)
    pole = outline(
        [
            (0.415, 0.5),
            (0.42, 0.56),
            (0.5, 0.66),
            (0.52, 0.76),
            (0.46, 0.88),
            (0.5, 0.95),
            (0.3, 0.95),
            (0.34, 0.88),
            (0.28, 0.76),
            (0.3, 0.66),
            (0.38, 0.56),
            (0.385, 0.5),
        ],
        5,
    )
    sheet.paint(pole, base, round_to=0.12)
    cloth = polygon([(0.24, 0.04), (0.56, 0.04), (0.77, 0.5), (0.03, 0.5)], 0.012)
    sheet.paint(cloth, plain(shade, 0, 0.85), round_to=0.3, shadow=0.1)
    sheet.tint(ellipse((0.4, 0.38), 0.22, 0.2), mixed(shade, (1.0, 0.95, 0.75), 0.75), 0.8, 0.08)
    for i in range(15):
        t = (i + 0.5) / 15
        a, b = (0.24 + 0.32 * t, 0.03), (0.03 + 0.74 * t, 0.51)
        sheet.tint(both(capsule(a, b, 0.003, 0.004), cloth), dark(shade, 0.6), 0.3, 0.002)
    for y, half in ((0.045, 0.165), (0.495, 0.372)):
        sheet.tint(capsule((0.4 - half, y), (0.4 + half, y), 0.012, 0.012), dark(shade, 0.6), 0.8, 0.002)


def chair(sheet: Sheet, wood: Colour, seat: Colour) -> None:
    """A chair, seen from the front and a little from above."""
    oak, behind = hide(wood, sheet.rng, 0.08, 0.08), hide(dark(wood, 0.6), sheet.rng, 0.08)
    for x in (0.17, 0.53):
        sheet.paint(capsule((x, 0.5), (x, 0.9), 0.022, 0.018), behind)
    for x, out in ((0.14, -0.02), (0.56, 0.02)):
        sheet.paint(capsule((x, 0.56), (x + out, 0.03), 0.026, 0.024), oak)
    for y in (0.08, 0.19):
        sheet.paint(
            outline(
                [
                    (0.12, y - 0.035),
                    (0.35, y - 0.05),
                    (0.58, y - 0.035),
                    (0.58, y + 0.03),
                    (0.35, y + 0.015),
                    (0.12, y + 0.03),
                ],
                4,
            ),
            oak,
            round_to=0.03,
        )
    for x in (0.24, 0.35, 0.46):
        sheet.paint(capsule((x, 0.2), (x, 0.5), 0.014, 0.014), oak)
    for x in (0.08, 0.62):
        sheet.paint(capsule((x, 0.6), (x, 0.965), 0.028, 0.022), oak)
    sheet.paint(capsule((0.09, 0.77), (0.61, 0.77), 0.014, 0.014), oak)
    sheet.paint(polygon([(0.05, 0.59), (0.65, 0.59), (0.65, 0.63), (0.05, 0.63)], 0.012), oak, round_to=0.03)
    cushion = outline(
        [
            (0.14, 0.49),
            (0.35, 0.475),
            (0.56, 0.49),
            (0.645, 0.56),
            (0.64, 0.6),
            (0.35, 0.615),
            (0.06, 0.6),
            (0.055, 0.56),
        ],
        5,
    )
    sheet.paint(cushion, weave(seat, sheet.rng, 80, 0.08), round_to=0.05, shadow=0.5)


def hat(sheet: Sheet, colour: Colour, ribbon: Colour) -> None:
    """A straw or felt hat with a ribbon."""
    felt = hide(colour, sheet.rng, 0.05)
    sheet.paint(ellipse((0.6, 0.5), 0.57, 0.15), felt, round_to=0.1)
    sheet.tint(ellipse((0.6, 0.5), 0.38, 0.09), (0, 0, 0), 0.35, 0.04)
    crown = outline(
        [
            (0.27, 0.47),
            (0.3, 0.26),
            (0.38, 0.12),
            (0.5, 0.075),
            (0.6, 0.1),
            (0.7, 0.075),
            (0.82, 0.12),
            (0.9, 0.26),
            (0.93, 0.47),
            (0.6, 0.56),
        ],
        5,
    )
    sheet.paint(crown, felt, round_to=0.2, shadow=0.4)
    strip = both(crown, outline([(0.2, 0.33), (0.6, 0.42), (1.0, 0.33), (1.0, 0.45), (0.6, 0.56), (0.2, 0.45)], 5))
    sheet.paint(strip, plain(ribbon, 0.1), round_to=0.2, shadow=0.2)
    sheet.tint(tube([(0.5, 0.1), (0.6, 0.17), (0.7, 0.1)], (0.004, 0.018, 0.004)), dark(colour, 0.55), 0.6, 0.015)


def book(sheet: Sheet, colour: Colour, ornament: Colour) -> None:
    """A closed book that stands, its spine to the left."""
    sheet.paint(
        polygon([(0.13, 0.07), (0.68, 0.03), (0.7, 0.9), (0.15, 0.97)]),
        plain((0.92, 0.88, 0.78), 0, 0.7),
        round_to=0.02,
    )
    for i in range(6):
        x = 0.692 - 0.004 * i
        sheet.tint(capsule((x, 0.05), (x + 0.01, 0.9), 0.0012, 0.0012), (0.6, 0.55, 0.45), 0.6)
    front = polygon([(0.14, 0.05), (0.65, 0.02), (0.67, 0.93), (0.16, 0.975)], 0.008)
    spine = polygon([(0.035, 0.03), (0.14, 0.05), (0.16, 0.975), (0.055, 0.945)], 0.008)
    sheet.paint(front, hide(colour, sheet.rng, 0.04, 0.06), round_to=0.03)
    sheet.paint(spine, hide(dark(colour, 0.72), sheet.rng, 0.04, 0.06), round_to=0.03)
    for grow in (0.05, 0.065):
        frame = minus(ring(front, grow + 0.008), ring(front, grow))
        sheet.tint(frame, ornament, 0.9, 0.001)
    sheet.tint(polygon([(0.27, 0.25), (0.54, 0.235), (0.545, 0.32), (0.275, 0.335)], 0.012), ornament, 0.9, 0.001)
    sheet.tint(capsule((0.31, 0.292), (0.5, 0.28), 0.01, 0.01), dark(colour, 0.5), 0.9, 0.001)
    sheet.tint(ring(ellipse((0.41, 0.62), 0.12, 0.13), 0.014), ornament, 0.9, 0.001)
    for turn in np.radians(np.arange(0, 180, 45) + 10):
        dx, dy = 0.1 * float(np.cos(turn)), 0.1 * float(np.sin(turn))
        sheet.tint(capsule((0.41 - dx, 0.62 - dy), (0.41 + dx, 0.62 + dy), 0.008, 0.008), ornament, 0.9, 0.001)
    for y in (0.14, 0.2, 0.78, 0.84):
        sheet.tint(both(capsule((0.0, y - 0.02), (0.2, y + 0.01), 0.008, 0.008), spine), ornament, 0.9, 0.001)


def apple(sheet: Sheet, colour: Colour, blush: Colour) -> None:
    """An apple with a leaf."""
    body = outline(
        [
            (0.5, 0.27),
            (0.64, 0.2),
            (0.83, 0.26),
            (0.93, 0.47),
            (0.87, 0.72),
            (0.72, 0.92),
            (0.58, 0.96),
            (0.5, 0.935),
            (0.42, 0.96),
            (0.28, 0.92),
            (0.13, 0.72),
            (0.07, 0.47),
            (0.17, 0.26),
            (0.36, 0.2),
        ]
    )
    sheet.paint(body, hide(colour, sheet.rng, 0.03, 0.22), round_to=0.34)
    sheet.tint(both(ellipse((0.7, 0.5), 0.28, 0.36), body), blush, 0.55, 0.09)
    for _ in range(60):
        x, y = 0.5 + 0.17 * sheet.rng.standard_normal(), 0.55 + 0.16 * sheet.rng.standard_normal()
        sheet.tint(both(ellipse((x, y), 0.0045, 0.006), body), mixed(colour, (1, 0.95, 0.75), 0.6), 0.6, 0.001)
    sheet.tint(ellipse((0.5, 0.29), 0.12, 0.045), (0.18, 0.14, 0.03), 0.65, 0.03)
    sheet.paint(tube([(0.5, 0.3), (0.49, 0.19), (0.53, 0.07)], (0.013, 0.013, 0.019)), plain((0.34, 0.22, 0.11), 0.1))
    leaf = outline([(0.5, 0.18), (0.6, 0.06), (0.76, 0.03), (0.87, 0.08), (0.76, 0.17), (0.62, 0.2)], 5)
    sheet.paint(leaf, hide((0.27, 0.5, 0.14), sheet.rng, 0.08, 0.1), round_to=0.05)
    sheet.tint(tube([(0.5, 0.18), (0.66, 0.12), (0.86, 0.08)], (0.005, 0.004, 0.001)), (0.55, 0.7, 0.35), 0.8, 0.002)
    x = 0.27 if not sheet.flip else sheet.width - 0.27
    sheet.tint(ellipse((x, 0.4), 0.05, 0.09, 25 if not sheet.flip else -25), (1, 1, 1), 0.6, 0.022)


def guitar(sheet: Sheet) -> None:
    """An acoustic guitar."""
    spruce, rose = hide((0.82, 0.56, 0.26), sheet.rng, 0.04, 0.12), hide((0.3, 0.17, 0.1), sheet.rng, 0.06, 0.1)
    right = [
        (0.27, 0.48),
        (0.36, 0.5),
        (0.4, 0.58),
        (0.365, 0.67),
        (0.4, 0.76),
        (0.44, 0.85),
        (0.4, 0.95),
        (0.3, 0.985),
    ]
    body = outline([*right, *[(0.5 - x, y) for x, y in reversed(right)]])
    sheet.paint(body, rose, round_to=0.05)
    inner = Form(lambda x, y: body.distance(x, y) + np.float32(0.009), body.box)
    sheet.paint(inner, spruce, round_to=0.04, shadow=0)
    for i in range(-10, 11):
        sheet.tint(
            both(capsule((0.25 + 0.019 * i, 0.4), (0.25 + 0.019 * i, 1.0), 0.001, 0.001), inner), (0.5, 0.3, 0.12), 0.25
        )
    sheet.paint(ellipse((0.25, 0.64), 0.066, 0.066), plain((0.5, 0.32, 0.16)), shadow=0)
    sheet.paint(ellipse((0.25, 0.64), 0.055, 0.055), plain((0.06, 0.04, 0.03), 0, 0.9), shadow=0)
    sheet.paint(polygon([(0.17, 0.835), (0.33, 0.835), (0.34, 0.865), (0.16, 0.865)], 0.005), rose)
    sheet.paint(polygon([(0.227, 0.14), (0.273, 0.14), (0.277, 0.6), (0.223, 0.6)]), rose, round_to=0.02)
    for k in range(14):
        y = 0.15 + 0.44 * (1 - 0.93**k)
        sheet.tint(capsule((0.224, y), (0.276, y), 0.0018, 0.0018), (0.85, 0.83, 0.75), 0.9)
    sheet.paint(
        outline(
            [(0.215, 0.02), (0.25, 0.035), (0.285, 0.02), (0.292, 0.13), (0.27, 0.15), (0.23, 0.15), (0.208, 0.13)], 4
        ),
        rose,
        round_to=0.03,
    )
    for side in (-1, 1):
        for y in (0.05, 0.085, 0.12):
            sheet.paint(capsule((0.25 + side * 0.04, y), (0.25 + side * 0.063, y), 0.005, 0.009), _BRASS)
    for i in range(6):
        x = 0.232 + 0.0072 * i
        end = 0.218 + 0.0128 * i
        sheet.tint(capsule((x, 0.14), (end, 0.85), 0.0011, 0.0011), (0.95, 0.93, 0.85), 0.8)


def kite(sheet: Sheet, colours: tuple[Colour, Colour, Colour]) -> None:
    """A kite with a tail of bows."""
    top, left, low, right, middle = (0.5, 0.02), (0.16, 0.28), (0.5, 0.72), (0.84, 0.28), (0.5, 0.28)
    tail = [(0.5, 0.72), (0.56, 0.8), (0.5, 0.87), (0.42, 0.92), (0.45, 0.99)]
    sheet.paint(tube(tail, (0.004,) * 5), plain(_WHITE), shadow=0)
    for (x, y), colour, turn in zip(tail[1:4], colours, (30, 100, 60), strict=True):
        c, s = float(np.cos(np.radians(turn))), float(np.sin(np.radians(turn)))
        for side in (-1, 1):
            tip = (x + side * 0.05 * c, y + side * 0.05 * s)
            bow = [(x, y), (tip[0] - 0.02 * s, tip[1] + 0.02 * c), (tip[0] + 0.02 * s, tip[1] - 0.02 * c)]
            sheet.paint(polygon(bow, 0.004), plain(colour))
    panels = (([top, left, middle], 0), ([top, right, middle], 1), ([left, middle, low], 2), ([right, middle, low], 0))
    for corners, i in panels:
        sheet.paint(polygon(corners, 0.002), hide(colours[i], sheet.rng, 0.04), round_to=0.03, shadow=0)
    for a, b in ((top, low), (left, right)):
        sheet.paint(capsule(a, b, 0.006, 0.006), plain(_WOOD, 0.1), shadow=0.3)


def teddy_bear(sheet: Sheet, colour: Colour, ribbon: Colour) -> None:
    """A teddy bear that sits."""
    fluff, inner = hide(colour, sheet.rng), mixed(colour, (1, 0.92, 0.78), 0.55)
    for side in (-1, 1):
        ear = (0.4 + side * 0.185, 0.11)
        sheet.paint(ellipse(ear, 0.085, 0.085), fluff)
        sheet.tint(ellipse(ear, 0.045, 0.045), inner, 0.8, 0.015)
    sheet.paint(ellipse((0.4, 0.66), 0.22, 0.25), fluff, round_to=0.2)
    sheet.tint(ellipse((0.4, 0.68), 0.13, 0.16), inner, 0.7, 0.03)
    for side in (-1, 1):
        sheet.paint(
            tube(
                [(0.4 + side * 0.17, 0.52), (0.4 + side * 0.27, 0.62), (0.4 + side * 0.27, 0.72)], (0.075, 0.075, 0.07)
            ),
            fluff,
            shadow=0.5,
        )
        sheet.paint(
            blend([capsule((0.4 + side * 0.14, 0.85), (0.4 + side * 0.24, 0.88), 0.1, 0.105)], 0), fluff, shadow=0.5
        )
        sole = ellipse((0.4 + side * 0.27, 0.89), 0.062, 0.068)
        sheet.tint(sole, inner, 0.9, 0.012)
    head = blend([ellipse((0.4, 0.25), 0.215, 0.19), ellipse((0.4, 0.32), 0.13, 0.1)], 0.05)
    sheet.paint(head, fluff, shadow=0.5)
    sheet.tint(ellipse((0.4, 0.315), 0.1, 0.078), inner, 0.9, 0.018)
    lines = [
        ((0.4, 0.3), (0.4, 0.05)),
        ((0.4, 0.5), (0.4, 0.9)),
        ((0.55, 0.5), (0.68, 0.75)),
        ((0.25, 0.5), (0.12, 0.75)),
    ]
    coat(sheet, [*lines, ((0.5, 0.85), (0.7, 0.9)), ((0.3, 0.85), (0.1, 0.9))], Hair(0.034, 0.12, 0.9, 0.9, 4.0))
    for side in (-1, 1):
        eye = (0.4 + side * 0.085, 0.225)
        sheet.paint(ellipse(eye, 0.023, 0.024), plain(_INK, 0.3), shadow=0.2)
        sheet.paint(ellipse((eye[0] - 0.008, eye[1] - 0.009), 0.006, 0.006), plain((1, 1, 1), 0, 1), shadow=0)
        bow = [(0.4, 0.455), (0.4 + side * 0.12, 0.405), (0.4 + side * 0.135, 0.46), (0.4 + side * 0.115, 0.515)]
        sheet.paint(outline(bow, 4), plain(ribbon, 0.15), round_to=0.04, shadow=0.5)
    sheet.paint(ellipse((0.4, 0.458), 0.028, 0.03), plain(ribbon, 0.15), shadow=0.4)
    sheet.paint(
        outline([(0.365, 0.28), (0.4, 0.272), (0.435, 0.28), (0.4, 0.315)], 4),
        plain((0.12, 0.08, 0.07), 0.25),
        shadow=0.2,
    )
    for side in (-1, 1):
        mouth = tube([(0.4, 0.31), (0.4, 0.335), (0.4 + side * 0.02, 0.352), (0.4 + side * 0.045, 0.348)], (0.004,) * 4)
        sheet.paint(mouth, plain((0.12, 0.08, 0.07)), shadow=0)
