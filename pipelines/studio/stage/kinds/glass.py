"""Drinking glasses, vases, bottles, bulbs and panes, some with something in them."""

from typing import Any

from pipelines.studio.stage.colours import hsv
from pipelines.studio.stage.draw import Draw
from pipelines.studio.stage.materials import leaf, plain
from pipelines.studio.stage.meshes import lathe, line, subdivided, tubes
from pipelines.studio.stage.subject import Subject

OUTLINES: dict[str, list[tuple[float, float]]] = {
    "wine glass": [(0, -0.9), (0.38, -0.9), (0.38, -0.88), (0.05, -0.84), (0.035, -0.6), (0.035, -0.15), (0.1, -0.08),
                   (0.33, 0.1), (0.42, 0.4), (0.4, 0.7), (0.34, 0.95)],
    "vase": [(0, -0.8), (0.3, -0.8), (0.4, -0.5), (0.45, -0.1), (0.3, 0.4), (0.2, 0.6), (0.28, 0.85)],
    "bottle": [(0, -0.9), (0.3, -0.9), (0.32, -0.85), (0.32, 0.2), (0.28, 0.35), (0.12, 0.55), (0.1, 0.95)],
    "bulb": [(0.18, -0.7), (0.19, -0.5), (0.3, -0.2), (0.48, 0.15), (0.48, 0.45), (0.3, 0.72), (0, 0.82)],
    "tumbler": [(0, -0.8), (0.42, -0.8), (0.5, 0.8)],
}  # fmt: skip
WALL = 0.025


def build(draw: Draw) -> Subject:
    """Build one of them."""
    kind = draw.one(list(OUTLINES))
    outer = [(radius * draw.between(0.9, 1.1), height) for radius, height in OUTLINES[kind]]
    inner = [(max(0.0, r - WALL), z + (WALL if i < 2 else 0)) for i, (r, z) in enumerate(outer)]
    subdivided(lathe(outer + inner[::-1], _glass(draw)), 2)
    filled = kind != "bulb" and draw.chance(0.6)
    if filled:
        _liquid(draw, outer[7:] if kind == "wine glass" else outer[1:])
    if kind in ("vase", "bulb"):
        ends = [(draw.between(-0.1, 0.1), draw.between(-0.2, 0.2), draw.between(0.6, 1.4)) for _ in range(4)]
        tubes([line([draw.between(-0.1, 0.1), draw.between(-0.1, 0.1), -0.7], end) for end in ends], 0.012, leaf(draw))
    return Subject({"glass": kind, "filled": filled}, clear=True, bounces=8)


def _glass(draw: Draw) -> Any:
    tint = (1.0, 1.0, 1.0) if draw.chance(0.6) else hsv(draw.between(0, 1), draw.between(0.1, 0.5), 1)
    return plain(tint, draw.one([0, 0, 0.03, 0.15]), Transmission_Weight=1.0, IOR=draw.between(1.1, 1.5))


def _liquid(draw: Draw, outer: list[tuple[float, float]]) -> None:
    top = draw.between(0.1, 0.6)
    inside = [(max(0.0, radius - WALL * 1.6), height + WALL * 1.2) for radius, height in outer]
    below = [(radius, height) for radius, height in inside if height < top]
    if len(below) < 2:
        return
    colour = hsv(draw.one([0.97, 0.1, 0.6, 0.3]), draw.between(0.3, 0.9), draw.between(0.2, 0.8))
    closed = [
        (0.0, below[0][1]),
        *below,
        (below[-1][0], min(top, below[-1][1] + 0.05)),
        (0.0, min(top, below[-1][1] + 0.05)),
    ]
    lathe(closed, plain(colour, 0.0, Transmission_Weight=draw.between(0.3, 1)))
