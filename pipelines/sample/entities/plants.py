"""Plants and feathers: flowers, leaves, a dandelion."""

import numpy as np
from numpy.typing import NDArray

from pipelines.sample.entities.coats import Hair, coat
from pipelines.sample.entities.looks import dark, hide, mixed
from pipelines.sample.entities.outlines import curve, outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.entities.winged import blade
from pipelines.sample.shapes import Point, capsule, ellipse
from pipelines.sample.textures import Colour, plain

_STALK: Colour = (0.28, 0.46, 0.16)


def _leaf(sheet: Sheet, start: Point, end: Point, width: float, colour: Colour, bend: float = 0.0) -> None:
    """A leaf with its veins."""
    a, b = np.array(start), np.array(end)
    way = b - a
    side = np.array((-way[1], way[0]))
    sheet.paint(blade(start, end, width, bend), hide(colour, sheet.rng, 0.09, 0.08), round_to=0.07, shadow=0.4)
    spine = [a + t * way + side / np.linalg.norm(way) * bend * 4 * t * (1 - t) for t in (0.0, 0.35, 0.7, 1.0)]
    pale = mixed(colour, (0.85, 0.95, 0.6), 0.45)
    sheet.tint(tube([(float(p[0]), float(p[1])) for p in spine], (0.006, 0.005, 0.004, 0.001)), pale, 0.8, 0.002)
    for t in (0.25, 0.42, 0.58, 0.74):
        root = a + t * way + side / np.linalg.norm(way) * bend * 4 * t * (1 - t)
        for turn in (-1, 1):
            tip = root + 0.17 * way + turn * side / np.linalg.norm(way) * width * 0.36
            sheet.tint(
                capsule((float(root[0]), float(root[1])), (float(tip[0]), float(tip[1])), 0.003, 0.001),
                pale,
                0.6,
                0.001,
            )


def flower(sheet: Sheet, colour: Colour, heart: Colour, petals: int) -> None:
    """A flower on its stalk, with two leaves."""
    stalk = [(0.42, 0.34), (0.43, 0.55), (0.38, 0.78), (0.42, 1.0)]
    sheet.paint(tube(stalk, (0.013, 0.014, 0.015, 0.017)), hide(_STALK, sheet.rng))
    _leaf(sheet, (0.41, 0.86), (0.72, 0.6), 0.13, (0.25, 0.47, 0.15), 0.05)
    _leaf(sheet, (0.39, 0.76), (0.12, 0.52), 0.12, (0.3, 0.52, 0.17), -0.04)
    c = (0.42, 0.31)
    wide = min(3.6 / petals, 0.5) * 0.5
    for ring, reach, tone in ((0.5, 0.3, 0.85), (0.0, 0.27, 1.0)):
        for i in range(petals):
            turn = 2 * np.pi * (i + ring) / petals + 0.08 * sheet.rng.standard_normal()
            far = reach * sheet.rng.uniform(0.93, 1.03)
            tip = (c[0] + far * float(np.cos(turn)), c[1] + far * float(np.sin(turn)))
            root = (c[0] + 0.04 * float(np.cos(turn)), c[1] + 0.04 * float(np.sin(turn)))
            form = blade(root, tip, wide)
            sheet.paint(form, hide(dark(colour, tone), sheet.rng, 0.04), round_to=0.05, shadow=0.35)
            for off in (-0.12, 0.12):
                end = (
                    c[0] + 0.8 * far * float(np.cos(turn + off / petals * 5)),
                    c[1] + 0.8 * far * float(np.sin(turn + off / petals * 5)),
                )
                sheet.tint(capsule(root, end, 0.003, 0.001), dark(colour, 0.6), 0.4, 0.002)
    disc = sheet.like()
    disc.paint(ellipse(c, 0.085, 0.082), hide(heart, sheet.rng, 0.12))
    coat(disc, [((c[0], c[1] + 0.05), (c[0], c[1] - 0.05))], Hair(0.02, 0.2, 1.2, 2.0, 3.0, 0.3))
    sheet.tint(ellipse(c, 0.1, 0.1), (0, 0, 0), 0.35, 0.02)
    sheet.lay(disc)


def leaves(sheet: Sheet, colour: Colour, second: Colour) -> None:
    """A twig with leaves, between which one sees through."""
    twig: list[Point] = [(0.08, 0.9), (0.31, 0.71), (0.53, 0.49), (0.73, 0.29), (0.87, 0.14)]
    sheet.paint(tube(twig, (0.018, 0.014, 0.011, 0.008, 0.004)), hide((0.36, 0.25, 0.15), sheet.rng, 0.1))
    line = curve(twig, 12)
    for k, i in enumerate(range(6, 47, 5)):
        root = line[i]
        way = line[i + 1] - line[i - 1]
        way /= max(float(np.linalg.norm(way)), 1e-6)
        for side in (-1, 1):
            turn = side * np.radians(48 + 14 * sheet.rng.standard_normal())
            c, s = float(np.cos(turn)), float(np.sin(turn))
            reach = (0.28 - 0.016 * k) * sheet.rng.uniform(0.85, 1.1)
            tip = (
                float(root[0] + reach * (c * way[0] - s * way[1])),
                float(root[1] + reach * (s * way[0] + c * way[1])),
            )
            tone = mixed(colour, second, float(sheet.rng.uniform(0, 1)))
            _leaf(sheet, (float(root[0]), float(root[1])), tip, 0.5 * reach, tone, 0.03 * side)
    _leaf(sheet, twig[-1], (0.95, 0.03), 0.06, colour)


def feather(sheet: Sheet, colour: Colour, tip: Colour) -> None:
    """A feather: barbs that stand apart here and there, and down at its root."""
    quill: list[Point] = [(0.08, 0.98), (0.2, 0.74), (0.4, 0.4), (0.7, 0.05)]
    line = curve(quill, 40)
    rng, n = sheet.rng, len(line)
    vane = [line[i] + _aside(line, i) * 0.9 * _breadth(i / (n - 1)) for i in range(44, n - 1, 4)]
    vane += [line[i] - _aside(line, i) * 0.75 * _breadth(i / (n - 1)) for i in range(n - 2, 43, -4)]
    sheet.paint(
        outline([(float(p[0]), float(p[1])) for p in vane], 2), plain(mixed(colour, tip, 0.25), 0, 0.8), opacity=0.72
    )
    for k in range(900):
        t = float(rng.uniform(0.16, 0.995))
        i = min(int(t * (n - 1)), n - 2)
        way = line[i + 1] - line[i]
        way = way / max(float(np.linalg.norm(way)), 1e-6)
        side = 1 if k % 2 else -1
        fluffy = t < 0.3
        wide = _breadth(t) * (0.8 if side > 0 else 1.0)
        out = np.array((-way[1], way[0])) * side
        mess = 0.5 if fluffy else 0.06 + 0.12 * float(np.sin(31 * t + side) > 0.93)
        lean = way * (0.75 + mess * rng.standard_normal()) + out * (1.0 + 0.3 * mess * rng.standard_normal())
        end = line[i] + lean * wide * rng.uniform(0.9, 1.03)
        tone = dark(mixed(colour, tip, float(np.clip((t - 0.55) / 0.35, 0, 1))), float(rng.uniform(0.82, 1.12)))
        thin = 0.0011 if fluffy else 0.0021
        barb = capsule((float(line[i][0]), float(line[i][1])), (float(end[0]), float(end[1])), thin, 0.0008)
        sheet.paint(barb, plain(tone, 0, 0.8), shadow=0)
    sheet.paint(tube(quill, (0.009, 0.008, 0.005, 0.001)), plain((0.93, 0.9, 0.82), 0.15, 0.7), shadow=0.1)


def _aside(line: NDArray[np.float32], i: int) -> NDArray[np.float32]:
    """Where barbs end, in breadths: aside of the quill and towards its tip."""
    way = line[i + 1] - line[i]
    way = way / max(float(np.linalg.norm(way)), 1e-6)
    return np.asarray(np.array((way[1], -way[0])) + 0.75 * way, np.float32)


def _breadth(t: float) -> float:
    """Length of a feather's barbs at ``t`` of its quill."""
    return 0.16 * float(np.sqrt(np.sin(np.pi * min(max((t - 0.1) / 0.88, 0), 1))))


def dandelion(sheet: Sheet) -> None:
    """A dandelion in seed: a ball of threads that ends in stars."""
    rng, c = sheet.rng, np.array((0.42, 0.34))
    sheet.paint(
        tube([(0.42, 0.36), (0.44, 0.6), (0.4, 0.8), (0.43, 1.0)], (0.012, 0.012, 0.013, 0.015)),
        hide((0.48, 0.55, 0.28), rng),
    )
    silk = plain((0.95, 0.95, 0.93), 0, 1)
    order = np.sort(rng.uniform(0.15, 1, 120))
    for depth in order:
        turn = rng.uniform(0, 2 * np.pi)
        way = np.array((np.cos(turn), np.sin(turn)))
        head = c + 0.25 * float(np.sqrt(1 - (1 - depth) ** 2)) * way * rng.uniform(0.9, 1.0)
        sheet.paint(
            capsule((0.42, 0.34), (float(head[0]), float(head[1])), 0.0012, 0.001), silk, opacity=0.55, shadow=0
        )
        for ray in np.radians(np.arange(0, 360, 30)) + turn:
            end = head + 0.055 * np.array((np.cos(ray), np.sin(ray))) * rng.uniform(0.6, 1.0)
            thread = capsule((float(head[0]), float(head[1])), (float(end[0]), float(end[1])), 0.001, 0.0006)
            sheet.paint(thread, silk, opacity=0.6, shadow=0)
    sheet.paint(ellipse((0.42, 0.34), 0.035, 0.033), hide((0.42, 0.35, 0.22), rng, 0.15))
