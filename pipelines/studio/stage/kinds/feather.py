"""One feather or a bunch: barbs on a bent shaft, down at its foot."""

import numpy as np
from numpy.typing import NDArray

from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.curves import strand_object, taper
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import plain, strands
from pipelines.studio.stage.meshes import tubes
from pipelines.studio.stage.subject import Subject
from pipelines.studio.stage.vectors import Array, Field, turn

BARBS, POINTS = 900, 8


def build(draw: Draw) -> Subject:
    """Build the bunch."""
    count = draw.whole(1, 8)
    colour = np.array(hsv(draw.between(0, 1), draw.between(0, 0.7), draw.scale(0.05, 0.95)))
    fan = draw.between(0.15, 0.35)
    for index in range(count):
        placed = turn([0, 1, 0], (index - (count - 1) / 2) * fan + draw.between(-0.05, 0.05))
        _feather(
            draw,
            colour,
            placed @ turn([0, 0, 1], draw.between(-0.6, 0.6)),
            np.array([draw.between(-0.1, 0.1), index * 0.05, 0]),
        )
    return Subject({"feathers": count}, around=0.9)


def _feather(draw: Draw, colour: Array, turned: Array, offset: Array) -> None:
    length, bend = draw.between(1.2, 2.0), draw.between(-0.5, 0.5)
    t = np.linspace(0, 1, 60)
    shaft = np.stack([bend * 0.6 * t**2, draw.between(-0.1, 0.1) * t**2, t * length], 1)
    along = draw.rng.uniform(0.12, 1, BARBS * 2)
    barbs, down = _barbs(draw, shaft, along)
    band = 1 - 0.6 * (np.sin(along * draw.between(5, 40)) > draw.between(0.2, 1.1))
    shades = np.clip(colour * draw.between(0.7, 1.2) * band[:, None], 0.01, 0.95)
    thick = np.where(down, 0.0012, 0.0035)[:, None]
    strand_object(barbs @ turned.T + offset, thick * taper(1.0, POINTS, 0.4), shades, strands(0.5))
    tubes([shaft @ turned.T + offset], 0.011, plain((0.7, 0.65, 0.55), 0.4))


def _barbs(draw: Draw, shaft: Array, along: Array) -> tuple[Array, NDArray[np.bool_]]:
    """(N, POINTS, 3) barbs at places along a shaft, and (N,) which of them are down."""
    side = np.repeat([-1, 1], BARBS)
    start = np.stack([np.interp(along, np.linspace(0, 1, len(shaft)), shaft[:, axis]) for axis in range(3)], 1)
    wide = draw.between(0.14, 0.3) * np.sin(np.pi * np.clip((along - 0.05) / 0.97, 0, 1) ** 0.6) ** 0.6
    wide = wide * draw.rng.uniform(0.92, 1.05, len(along))
    down = along < 0.28
    gaps = Field(draw.rng, 14, 1)(np.stack([along, side, along * 0], 1))[:, 0] * 0.06
    stray = np.where(down, draw.rng.normal(size=len(along)) * 0.5, 0)
    way = np.stack([side * np.sin(0.75 + gaps + stray), np.where(down, stray, 0.12), np.cos(0.75 + gaps + stray)], 1)
    s = np.linspace(0, 1, POINTS)
    barbs = start[:, None] + way[:, None] * (s[:, None] * wide[:, None, None])
    barbs[..., 2] += 0.35 * wide[:, None] * s**2
    barbs[..., 1] -= 0.25 * wide[:, None] * s**2
    barbs[down] += np.cumsum(draw.rng.normal(size=(int(down.sum()), POINTS, 3)) * 0.012, 1)
    return barbs, down
