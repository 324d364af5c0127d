"""Things with hard outlines, seen from the front."""

import numpy as np

from pipelines.sample.entities.looks import hide
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.shapes import Point, both, ellipse, minus, polygon
from pipelines.sample.textures import Colour

_WHITE: Colour = (0.95, 0.94, 0.92)
_INK: Colour = (0.08, 0.07, 0.07)


def ball(sheet: Sheet, colour: Colour, second: Colour) -> None:
    """A beach ball with stripes in two colours."""
    c, r = (0.5, 0.5), 0.46
    round_ = ellipse(c, r, r)
    sheet.paint(round_, hide(colour, sheet.rng, 0.02, 0.3))
    pole = (0.36, 0.3)
    for i in range(0, 8, 2):
        a, b = np.radians(45 * i + 12), np.radians(45 * (i + 1) + 12)
        edge = [_bent(pole, a, t) for t in np.linspace(0, 1, 6)] + [_bent(pole, b, t) for t in np.linspace(1, 0, 6)]
        sheet.tint(both(polygon(edge), round_), second, 1.0)
    _shade_ball(sheet, c, r)
    sheet.tint(ellipse(pole, 0.055, 0.05), _WHITE, 0.9)
    sheet.tint(ellipse((0.33, 0.24), 0.1, 0.06, -35), (1, 1, 1), 0.55, 0.03)


def _bent(pole: Point, angle: float, t: float) -> Point:
    """A point on the way from a ball's pole over its rim; the way bends as it does on a ball."""
    turn = angle + 0.35 * t
    return pole[0] + 1.1 * t * float(np.cos(turn)), pole[1] + 1.1 * t * float(np.sin(turn))


def _shade_ball(sheet: Sheet, centre: Point, r: float) -> None:
    """Shade away from the light, for what has been tinted over a ball's own shading."""
    (x, y) = centre
    away = minus(ellipse(centre, r, r), ellipse((x - 0.28 * r, y - 0.32 * r), 1.05 * r, 1.05 * r))
    sheet.tint(away, (0, 0, 0), 0.42, 0.2 * r)
