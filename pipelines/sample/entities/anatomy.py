"""How animals are drawn: from the side, looking to the left, about a unit tall and standing at y = 1.

Each is painted back to front, far legs first and darker, then gets its coat, then what has none, such as eyes.
"""

from collections.abc import Sequence

from pipelines.sample.entities.coats import Bone
from pipelines.sample.entities.outlines import outline, tube
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.layers import Material
from pipelines.sample.shapes import Point, ellipse
from pipelines.sample.textures import Colour, plain

INK: Colour = (0.05, 0.04, 0.04)
_HOOF = plain((0.13, 0.11, 0.1), 0.15)
Leg = tuple[list[Point], tuple[float, ...]]
"""Points of a leg from the body to the ankle, and its radii at each."""


def eye(sheet: Sheet, at: Point, r: float, iris: Colour = (0.16, 0.09, 0.05)) -> None:
    """Paint an eye of radius ``r``, with a glint."""
    sheet.paint(ellipse(at, 1.25 * r, 1.15 * r), plain(INK, ambient=0.7), shadow=0)
    sheet.paint(ellipse(at, r, r), plain(iris, 0.2, 0.75), shadow=0)
    sheet.paint(ellipse(at, 0.5 * r, 0.62 * r), plain((0.02, 0.02, 0.02)), shadow=0)
    sheet.paint(ellipse((at[0] - 0.3 * r, at[1] - 0.35 * r), 0.26 * r, 0.26 * r), plain((1, 1, 1), 0, 1), shadow=0)


def limbs(sheet: Sheet, legs: Sequence[Leg], skin: Material) -> None:
    """Paint legs down to the ankles."""
    for points, radii in legs:
        sheet.paint(tube(points, radii), skin, shadow=0.06)


def hooves(sheet: Sheet, legs: Sequence[Leg]) -> None:
    """Paint hooves at the ends of legs."""
    for points, radii in legs:
        (x, y), r = points[-1], radii[-1]
        corners = [(-1.1, -0.4), (1.0, -0.4), (1.25, 1.4), (-1.7, 1.4)]
        sheet.paint(outline([(x + a * r, y + b * r) for a, b in corners]), _HOOF, shadow=0.1)


def beyond(leg: Leg, dx: float) -> Leg:
    """The leg on the far side: ``dx`` away, a little higher and thinner."""
    points, radii = leg
    return [(x + dx, y - 0.012) for x, y in points], tuple(0.94 * r for r in radii)


def bones(parts: Sequence[Sequence[Point]]) -> list[Bone]:
    """Bones along polylines."""
    return [(line[i], line[i + 1]) for line in parts for i in range(len(line) - 1)]
