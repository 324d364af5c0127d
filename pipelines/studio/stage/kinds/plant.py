"""Grass, bushes, twigs, ferns, conifers, dandelions and flowers."""

import math
from collections.abc import Callable

import numpy as np

from pipelines.studio.stage.colours import hsv, varied
from pipelines.studio.stage.curves import strand_object, taper
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.foliage import Blade, Foliage, blade_mesh, turned
from pipelines.studio.stage.materials import leaf, painted, plain, strands
from pipelines.studio.stage.meshes import ball, lathe, tubes
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, Field, unit


def build(draw: Draw) -> Subject:
    """Build one of them, sometimes in a pot."""
    kinds: dict[str, Callable[[Draw, Foliage], None]] = {
        "grass": _grass, "bush": _bush, "tree": _tree, "conifer": _conifer, "fern": _fern, "dandelion": _dandelion,
        "flowers": _flowers,
    }  # fmt: skip
    kind = draw.one(list(kinds))
    foliage = Foliage([leaf(draw) for _ in range(3)])
    kinds[kind](draw, foliage)
    foliage.place()
    potted = kind != "dandelion" and draw.chance(0.3)
    if potted:
        _pot(draw, {"grass": 0.3, "fern": 0.25}.get(kind, 0.22), {"grass": -0.7, "fern": -0.6}.get(kind, -0.95))
    return Subject({"plant": kind, "potted": potted})


def _pot(draw: Draw, radius: float, height: float) -> None:
    low = height - draw.between(0.4, 0.7)
    profile = [
        (0.0, low),
        (radius * 0.85, low),
        (radius * 1.25, height),
        (radius * 1.1, height),
        (radius, height - 0.06),
        (0.0, height - 0.06),
    ]
    lathe(profile, painted(draw, hsv(draw.between(0, 0.1), draw.between(0.1, 0.7), draw.between(0.1, 0.6))))


def _stem(draw: Draw) -> object:
    return leaf(draw, hsv(draw.between(0.05, 0.3), draw.between(0.3, 0.7), draw.between(0.08, 0.35)))


def _grass(draw: Draw, foliage: Foliage) -> None:
    spread = draw.between(0.08, 0.3)
    for _ in range(draw.whole(120, 600)):
        shape = Blade(draw.between(0.004, 0.02), draw.between(0.1, 1.8), draw.between(-0.6, 0.6), "grass", 0)
        foot = np.array([draw.rng.normal() * spread, draw.rng.normal() * spread, -0.7])
        foliage.add(
            shape, foot, turned(draw.between(0, 7), draw.between(0, 0.5)), draw.between(0.5, 1.4), draw.whole(0, 2)
        )


def _branches(draw: Draw, trunks: int, depth: int) -> list[tuple[Array, Array]]:
    """Grow twigs; returns places and directions at their ends."""
    wood = _stem(draw)
    tips: list[tuple[Array, Array]] = []

    def grow(place: Array, way: Array, length: float, left: int, radius: float) -> None:
        points = [place]
        for _ in range(5):
            way = unit(way + draw.rng.normal(size=3) * 0.13 + [0, 0, 0.04])
            points.append(points[-1] + way * length / 5)
        tubes([np.array(points)], radius, wood)
        if left <= 1:
            tips.extend((point, way) for point in points[1:])
        if left:
            for _ in range(draw.whole(2, 4)):
                branch = unit(way + draw.rng.normal(size=3) * 0.65)
                grow(points[draw.whole(2, 5)], branch, length * draw.between(0.55, 0.8), left - 1, radius * 0.6)

    for _ in range(trunks):
        foot = np.array([draw.between(-0.1, 0.1), draw.between(-0.1, 0.1), -0.95])
        grow(
            foot,
            unit([draw.between(-0.3, 0.3), draw.between(-0.3, 0.3), 1]),
            draw.between(0.5, 0.8),
            depth,
            draw.between(0.012, 0.03),
        )
    return tips


def _leaves(draw: Draw, foliage: Foliage, tips: list[tuple[Array, Array]]) -> None:
    width, size, outline = draw.between(0.15, 0.5), draw.between(0.06, 0.22), draw.one(["leaf", "lobed", "leaf"])
    bare = draw.between(0, 0.6)
    for place, _ in tips:
        for _ in range(draw.whole(1, 4)):
            if not draw.chance(bare):
                shape = Blade(width, draw.between(0, 1), draw.between(-0.5, 0.5), outline)
                foliage.add(
                    shape,
                    place,
                    turned(draw.between(0, 7), draw.between(0.4, 2)),
                    size * draw.between(0.6, 1.2),
                    draw.whole(0, 2),
                )


def _bush(draw: Draw, foliage: Foliage) -> None:
    _leaves(draw, foliage, _branches(draw, 3, 2))


def _tree(draw: Draw, foliage: Foliage) -> None:
    _leaves(draw, foliage, _branches(draw, 1, 3))


def _conifer(draw: Draw, foliage: Foliage) -> None:
    del foliage
    tips = _branches(draw, 2, 2)
    start = np.repeat(np.array([place for place, _ in tips]), 40, 0)
    way = np.repeat(np.array([way for _, way in tips]), 40, 0) * 0.7
    needles = (
        unit(way + draw.rng.normal(size=start.shape))[:, None]
        * np.linspace(0, draw.between(0.06, 0.16), 3)[None, :, None]
    )
    colour = hsv(draw.between(0.22, 0.4), 0.6, 0.3)
    thin = taper(draw.between(0.0015, 0.003), 3, 0.4)
    strand_object(start[:, None] + needles, thin, varied(draw, colour, len(start), 0.4), strands(0.5))


def _fern(draw: Draw, foliage: Foliage) -> None:
    stem = _stem(draw)
    for _ in range(draw.whole(4, 12)):
        frond = blade_mesh(Blade(0, draw.between(0.5, 1.8)), 40)[1::3]
        rib = frond * draw.between(0.7, 1.2) @ turned(draw.between(0, 7), draw.between(0, 0.5)).T + [0, 0, -0.6]
        tubes([rib], 0.006, stem)
        for index in range(4, 40):
            ahead = unit(rib[min(index + 1, 39)] - rib[index - 1])
            across = unit(np.cross(ahead, [0, 0, 1]) + 1e-6)
            for side in (-1, 1):
                out = unit(across * side + ahead * 0.45)
                up = np.cross(ahead, out)
                size = 0.26 * math.sin(math.pi * min(1.0, (index / 40) ** 0.6)) * draw.between(0.9, 1.1)
                placed = np.stack([np.cross(up, out), up, out], 1)
                foliage.add(Blade(0.13, draw.between(0, 0.5)), rib[index], placed, size, draw.whole(0, 2))


def _dandelion(draw: Draw, foliage: Foliage) -> None:
    del foliage
    ways = unit(draw.rng.normal(size=(draw.whole(80, 200), 3)))
    ways = ways[ways @ unit(draw.rng.normal(size=3)) > draw.between(-1, -0.2)]
    bow = Field(draw.rng, 1, 1)(np.linspace(0, 1, 9)[:, None] * np.ones(3))[:, 0] * 0.04
    tubes([np.stack([bow, np.zeros(9), np.linspace(-1.6, 0, 9)], 1)], 0.02, _stem(draw))
    ball(plain((0.2, 0.15, 0.06), 0.8), (bow[-1], 0, 0), 0.09)
    centre = np.array([bow[-1], 0, 0])
    white = np.full((len(ways), 3), 0.9)
    stalks = centre + ways[:, None] * np.linspace(0.08, 0.5, 3)[None, :, None]
    strand_object(stalks, np.full((1, 3), 0.002), white, strands(0.5))
    every = np.repeat(ways, 40, 0)
    out = unit(every * 0.55 + draw.rng.normal(size=every.shape) * 0.6)
    tufts = centre + every[:, None] * 0.5 + out[:, None] * np.linspace(0, draw.between(0.12, 0.2), 4)[None, :, None]
    strand_object(tufts, np.full((1, 4), 0.0009), np.repeat(white, 40, 0), strands(0.5))


def _flowers(draw: Draw, foliage: Foliage) -> None:
    petals = leaf(
        draw, hsv(draw.one([0.92, 0.98, 0.13, 0.75, 0.6, 0.0]), draw.between(0.05, 0.95), draw.between(0.4, 0.95))
    )
    foliage.materials[2] = petals
    stem, heart = _stem(draw), plain(hsv(0.12, 0.9, 0.6), 0.8)
    for _ in range(draw.whole(2, 7)):
        top = np.array([draw.between(-0.6, 0.6), draw.between(-0.4, 0.4), draw.between(0, 0.7)])
        foot = np.array([draw.between(-0.1, 0.1), draw.between(-0.1, 0.1), -1.1])
        t = np.linspace(0, 1, 12)[:, None]
        middle = foot * (1 - t) + top * t + np.sin(np.pi * t) * draw.rng.normal(size=3) * 0.08
        tubes([middle], 0.012, stem)
        _blossom(draw, foliage, top)
        ball(heart, top, 0.06)
        for _ in range(4):
            shape = Blade(0.16, draw.between(0.2, 1.2), draw.between(-0.4, 0.4))
            placed = turned(draw.between(0, 7), draw.between(0.3, 1.2))
            foliage.add(shape, middle[draw.whole(2, 8)], placed, draw.between(0.2, 0.5), draw.whole(0, 1))


def _blossom(draw: Draw, foliage: Foliage, top: Array) -> None:
    count, tilt, start = draw.whole(5, 23), draw.between(0.6, 1.4), draw.between(0, 6)
    faced = turned(draw.between(0, 7), draw.between(0, 1))
    for index in range(count):
        shape = Blade(draw.between(0.18, 0.3), draw.between(0, 0.8))
        foliage.add(shape, top, faced @ turned(start + index * 2 * math.pi / count, tilt), draw.between(0.2, 0.3), 2)
