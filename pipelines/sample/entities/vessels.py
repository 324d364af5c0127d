"""Crockery and glasses: teapots, cups, vases, wine glasses and bottles."""

import numpy as np

from pipelines.sample.entities.looks import dark, hide
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.shapes import Form, Point, blend, both, capsule, ellipse, polygon, ring
from pipelines.sample.textures import Colour, plain

_SHINE: Colour = (1.0, 1.0, 1.0)


def band(top: float, bottom: float) -> Form:
    """Everything between two heights."""
    return polygon([(-2, top), (4, top), (4, bottom), (-2, bottom)])


def mirrored(right: list[Point], middle: float) -> list[Point]:
    """A closed outline from its right half, from top to bottom."""
    return [*right, *[(2 * middle - x, y) for x, y in reversed(right)]]


def _gleam(sheet: Sheet, points: list[Point], r: float, opacity: float) -> None:
    """A highlight with soft edges on something painted, on the side that light comes from."""
    x = [sheet.width - p[0] if sheet.flip else p[0] for p in points]
    line = [(a, p[1]) for a, p in zip(x, points, strict=True)]
    sheet.tint(tube(line, (0.4 * r, r, 0.4 * r)), _SHINE, opacity, 0.35 * r)


def _flower(sheet: Sheet, at: Point, r: float, colour: Colour) -> None:
    for turn in np.radians(np.arange(5) * 72 - 90):
        petal = (at[0] + 0.6 * r * float(np.cos(turn)), at[1] + 0.6 * r * float(np.sin(turn)))
        sheet.tint(ellipse(petal, 0.46 * r, 0.46 * r), colour, 0.9, 0.003)
    sheet.tint(ellipse(at, 0.3 * r, 0.3 * r), (0.96, 0.8, 0.3), 0.95, 0.003)


def teapot(sheet: Sheet, colour: Colour, flower: Colour) -> None:
    """A teapot with its spout to the left."""
    china = hide(colour, sheet.rng, 0.015, 0.3)
    handle = tube(
        [(0.86, 0.33), (1.05, 0.3), (1.12, 0.46), (1.04, 0.62), (0.84, 0.68)], (0.035, 0.036, 0.036, 0.036, 0.03)
    )
    sheet.paint(handle, china)
    spout = outline(
        [(0.36, 0.75), (0.22, 0.66), (0.14, 0.48), (0.04, 0.36), (0.03, 0.31), (0.14, 0.3), (0.24, 0.41), (0.33, 0.5)]
    )
    sheet.paint(spout, china, round_to=0.08)
    belly = blend([ellipse((0.6, 0.56), 0.34, 0.3), ellipse((0.6, 0.82), 0.2, 0.05)], 0.05)
    sheet.paint(belly, china, round_to=0.3)
    sheet.paint(ellipse((0.6, 0.285), 0.19, 0.035), hide(dark(colour, 0.85), sheet.rng, 0.01, 0.2))
    sheet.paint(both(ellipse((0.6, 0.285), 0.175, 0.12), band(-1, 0.295)), china, round_to=0.14)
    sheet.paint(ellipse((0.6, 0.14), 0.05, 0.045), china)
    sheet.tint(tube([(0.27, 0.66), (0.6, 0.7), (0.93, 0.66)], (0.009,) * 3), flower, 0.9, 0.002)
    for x, y, r in ((0.6, 0.54, 0.09), (0.42, 0.5, 0.06), (0.78, 0.5, 0.06)):
        _flower(sheet, (x, y), r, flower)
    _gleam(sheet, [(0.4, 0.42), (0.36, 0.52), (0.38, 0.62)], 0.025, 0.75)


def cup(sheet: Sheet, colour: Colour, spots: Colour | None = None) -> None:
    """A cup of coffee with its handle to the right."""
    china = hide(colour, sheet.rng, 0.012, 0.25)
    sheet.paint(
        tube([(0.72, 0.26), (0.93, 0.24), (0.98, 0.42), (0.9, 0.58), (0.68, 0.68)], (0.034, 0.036, 0.036, 0.036, 0.03)),
        china,
    )
    side = outline(mirrored([(0.78, 0.12), (0.785, 0.3), (0.76, 0.55), (0.69, 0.76), (0.6, 0.84)], 0.45), 5)
    sheet.paint(side, china, round_to=0.3)
    if spots is not None:
        for i in range(4):
            for j in range(3):
                x, y = 0.22 + 0.155 * i - 0.03 * (j == 1) + 0.04 * (j == 2), 0.34 + 0.16 * j
                sheet.tint(both(ellipse((x, y), 0.042, 0.042), side), spots, 0.95, 0.002)
    sheet.tint(band(0.78, 0.9), dark(colour, 0.55), 0.35, 0.04)
    sheet.paint(ellipse((0.45, 0.125), 0.345, 0.085), china, shadow=0, round_to=0.03)
    sheet.tint(ellipse((0.45, 0.135), 0.305, 0.066), dark(colour, 0.55), 1.0, 0.003)
    sheet.tint(ellipse((0.45, 0.15), 0.28, 0.05), (0.28, 0.15, 0.08), 1.0, 0.003)
    sheet.tint(both(ring(ellipse((0.45, 0.15), 0.28, 0.05), 0.012), band(0.15, 0.3)), (0.62, 0.42, 0.25), 0.8, 0.003)
    _gleam(sheet, [(0.21, 0.28), (0.215, 0.45), (0.26, 0.62)], 0.022, 0.7)


def vase(sheet: Sheet, colour: Colour, pattern: Colour, slim: bool) -> None:
    """A vase with bands and waves."""
    if slim:
        right = [
            (0.43, 0.03),
            (0.385, 0.12),
            (0.4, 0.24),
            (0.5, 0.42),
            (0.52, 0.58),
            (0.46, 0.8),
            (0.41, 0.92),
            (0.44, 0.97),
        ]
    else:
        right = [
            (0.46, 0.05),
            (0.41, 0.12),
            (0.44, 0.2),
            (0.58, 0.34),
            (0.62, 0.52),
            (0.55, 0.74),
            (0.43, 0.9),
            (0.44, 0.96),
        ]
    body = outline(mirrored(right, 0.3), 6)
    sheet.paint(body, hide(colour, sheet.rng, 0.02, 0.28), round_to=0.24)
    for y, r in ((0.27, 0.008), (0.31, 0.004), (0.71, 0.004), (0.75, 0.008), (0.93, 0.01)):
        sheet.tint(
            both(tube([(-0.3, y - 0.02), (0.3, y + 0.012), (0.9, y - 0.02)], (r,) * 3), body), pattern, 0.95, 0.002
        )
    for i in range(9):
        x = -0.02 + 0.085 * i
        wave = tube([(x - 0.05, 0.46), (x, 0.42), (x + 0.04, 0.48), (x, 0.54), (x - 0.03, 0.5)], (0.009,) * 5)
        sheet.tint(both(wave, body), pattern, 0.95, 0.002)
        sheet.tint(both(ellipse((x, 0.62), 0.016, 0.03), body), pattern, 0.95, 0.002)
    rim = right[0]
    sheet.paint(
        ellipse((0.3, rim[1] + 0.01), rim[0] - 0.29, 0.028), hide(dark(colour, 0.9), sheet.rng, 0.02, 0.1), shadow=0
    )
    sheet.tint(ellipse((0.3, rim[1] + 0.012), rim[0] - 0.32, 0.018), dark(colour, 0.25), 0.95, 0.003)
    _gleam(sheet, [(0.16, 0.36), (0.12, 0.5), (0.15, 0.66)], 0.022, 0.75)


def glass(sheet: Sheet, form: Form, tint: Colour, opacity: float, rim: float) -> None:
    """Paint clear glass: thin in the middle, denser and brighter along its outline, where light has further to go."""
    sheet.paint(form, plain(tint, 0.25, 0.9), opacity=opacity, shadow=0)
    for share, strength in ((3.0, 0.16), (1.0, 0.5)):
        sheet.paint(ring(form, share * rim), plain((0.9, 0.94, 0.96), 0.1, 0.95), opacity=strength, shadow=0)


def glint(sheet: Sheet, points: list[Point], r: float, opacity: float = 0.7) -> None:
    """A reflection on glass: it hides what is behind."""
    line = [(sheet.width - x if sheet.flip else x, y) for x, y in points]
    sheet.paint(tube(line, (0.4 * r, r, 0.4 * r)), plain(_SHINE, 0, 1), opacity=opacity, shadow=0)


def wine_glass(sheet: Sheet, wine: Colour, thick: float) -> None:
    """A glass of wine; ``thick`` is the wine's opacity."""
    right = [(0.44, 0.03), (0.485, 0.18), (0.46, 0.33), (0.37, 0.45), (0.32, 0.478)]
    inner = [(0.425, 0.05), (0.468, 0.18), (0.445, 0.325), (0.36, 0.432), (0.32, 0.455)]
    stem = tube([(0.3, 0.46), (0.3, 0.53), (0.3, 0.8), (0.3, 0.94)], (0.05, 0.015, 0.012, 0.035))
    glass(sheet, ellipse((0.3, 0.95), 0.17, 0.028), (0.82, 0.88, 0.9), 0.3, 0.01)
    glass(sheet, stem, (0.85, 0.9, 0.92), 0.4, 0.006)
    filled = both(outline(mirrored(inner, 0.3)), band(0.23, 2))
    sheet.paint(filled, plain(wine, 0.15, 0.6), opacity=thick, shadow=0)
    sheet.paint(ellipse((0.3, 0.23), 0.163, 0.02), plain(wine, 0.3, 0.95), opacity=min(thick + 0.1, 1), shadow=0)
    glass(sheet, outline(mirrored(right, 0.3)), (0.88, 0.93, 0.96), 0.14, 0.009)
    lip = ring(ellipse((0.3, 0.035), 0.142, 0.018), 0.007)
    sheet.paint(lip, plain(_SHINE, 0, 1), opacity=0.55, shadow=0)
    glint(sheet, [(0.185, 0.1), (0.165, 0.2), (0.19, 0.32)], 0.011)
    glint(sheet, [(0.294, 0.6), (0.294, 0.7), (0.294, 0.82)], 0.004)


def bottle(sheet: Sheet, tint: Colour, thick: float, label: Colour) -> None:
    """A bottle with a paper label; ``thick`` is its opacity."""
    right = [
        (0.235, 0.03),
        (0.235, 0.07),
        (0.22, 0.08),
        (0.22, 0.24),
        (0.25, 0.32),
        (0.325, 0.41),
        (0.335, 0.5),
        (0.335, 0.93),
        (0.315, 0.97),
        (0.25, 0.975),
    ]
    body = outline(mirrored(right, 0.175), 4)
    sheet.paint(both(body, band(0.36, 2)), plain(tint, 0.1, 0.6), opacity=thick, shadow=0)
    glass(sheet, body, tint, 0.3, 0.01)
    paper = polygon([(0.02, 0.56), (0.33, 0.56), (0.33, 0.83), (0.02, 0.83)])
    sheet.paint(both(paper, body), hide(label, sheet.rng, 0.03), round_to=0.16, shadow=0)
    for y, r in ((0.585, 0.004), (0.805, 0.004)):
        sheet.tint(both(capsule((0.0, y), (0.4, y), r, r), paper), (0.55, 0.4, 0.15), 0.9)
    sheet.tint(ellipse((0.175, 0.665), 0.055, 0.045), (0.5, 0.12, 0.12), 0.9, 0.002)
    for y, w in ((0.735, 0.1), (0.765, 0.07)):
        sheet.tint(capsule((0.175 - w, y), (0.175 + w, y), 0.006, 0.006), (0.2, 0.16, 0.14), 0.85, 0.001)
    cap = polygon([(0.125, 0.01), (0.225, 0.01), (0.228, 0.1), (0.122, 0.1)], 0.006)
    sheet.paint(cap, hide((0.62, 0.12, 0.12), sheet.rng, 0.02, 0.3), shadow=0)
    glint(sheet, [(0.06, 0.44), (0.045, 0.68), (0.05, 0.92)], 0.009, 0.6)
    glint(sheet, [(0.15, 0.12), (0.15, 0.2), (0.14, 0.28)], 0.006, 0.6)
