"""Objects that stand near people and do not belong to them."""

import numpy as np

from pipelines.sample.edges import draw_strands, fringe
from pipelines.sample.layers import Canvas, paint
from pipelines.sample.people import Skeleton
from pipelines.sample.props import Painter
from pipelines.sample.shapes import Point, blend, capsule, chain, ellipse, polygon
from pipelines.sample.textures import pelt, plain, weave


def chair(foot: Point, size: float) -> Painter:
    """A wooden chair; ``foot`` is the middle of where it stands."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        wood = weave((0.55, 0.36, 0.2), rng)
        x, y = foot
        r = 0.035 * size
        for dx, top in ((-0.24, -0.45), (0.3, -0.45), (-0.34, -1.0), (0.2, -1.0)):
            paint(canvas, capsule((x + dx * size, y), (x + dx * size, y + top * size), r, r), wood, round_px=r)
        for rail in (-0.95, -0.8, -0.65):
            paint(canvas, capsule((x - 0.34 * size, y + rail * size), (x + 0.2 * size, y + rail * size), r, r), wood,
                  round_px=r)  # fmt: skip
        seat = [(x + a * size, y + b * size) for a, b in ((-0.36, -0.5), (0.2, -0.5), (0.32, -0.42), (-0.26, -0.42))]
        paint(canvas, polygon(seat, r), wood, round_px=r * 2)

    return painter


def dog(foot: Point, size: float) -> Painter:
    """A dog in profile with a shaggy coat; ``foot`` is between its paws."""

    def painter(canvas: Canvas, s: Skeleton, rng: np.random.Generator) -> None:
        colour = (0.55, 0.38, 0.22)
        coat = pelt(colour, rng)

        def at(x: float, y: float) -> Point:
            return foot[0] + x * size, foot[1] + y * size

        for x in (-0.42, -0.3, 0.3, 0.42):
            paint(canvas, chain([at(x * 0.9, -0.45), at(x, -0.05)], [0.1 * size, 0.055 * size]), coat,
                  round_px=0.08 * size)  # fmt: skip
        trunk = chain([at(-0.42, -0.55), at(0, -0.52), at(0.42, -0.58)], [0.2 * size, 0.2 * size, 0.23 * size])
        neck = chain([at(0.45, -0.6), at(0.62, -0.95)], [0.18 * size, 0.14 * size])
        head = blend([ellipse(at(0.66, -1.0), 0.17 * size, 0.16 * size), capsule(at(0.7, -0.97), at(0.93, -0.92),
                     0.09 * size, 0.06 * size)], 0.05 * size)  # fmt: skip
        tail = chain([at(-0.58, -0.62), at(-0.82, -0.85), at(-0.86, -1.05)], [0.07 * size, 0.06 * size, 0.03 * size])
        paint(canvas, tail, coat, round_px=0.06 * size)
        paint(canvas, blend([trunk, neck], 0.12 * size), coat, round_px=0.2 * size)
        path = np.array([at(-0.6, -0.5), at(0, -0.4), at(0.5, -0.5), at(0.62, -0.9)])
        draw_strands(canvas, fringe(path, 0.17 * size, rng, 700), max(0.008 * size, 0.4), colour, rng)
        paint(canvas, head, coat, round_px=0.15 * size)
        paint(canvas, ellipse(at(0.55, -0.98), 0.06 * size, 0.15 * size, 12), coat, round_px=0.06 * size)
        for x, y, r in ((0.95, -0.95, 0.035), (0.72, -1.04, 0.022)):
            paint(canvas, ellipse(at(x, y), r * size, r * size), plain((0.06, 0.05, 0.05), 0.4), shadow=0)

    return painter
