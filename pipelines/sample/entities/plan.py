"""The plan: which entities there are, and what draws each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pipelines.sample.entities import clear, furry, things
from pipelines.sample.entities.people import person
from pipelines.sample.entities.sheet import Sheet
from pipelines.sample.textures import Colour

Group = Literal["human", "animal", "object"]
Draw = Callable[[Sheet], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """One entity.

    Attributes:
        category: entry-level name, singular, in lower case.
        group: human, animal or object.
        kind: what is hard about its alpha, by the names of ``make foregrounds``: human, fur, feather, solids, plant,
            wires, cloth, glass or smoke.
        draw: draws it.
        size: width and height of its sheet, in units.
        unit: pixels of a unit.
        clothes: type of what it wears, where the drawing states one.
    """

    category: str
    group: Group
    kind: str
    draw: Draw
    size: tuple[float, float] = (1.0, 1.0)
    unit: float = 480.0
    clothes: str | None = None


_WHITE: Colour = (0.93, 0.91, 0.87)
_BLACK: Colour = (0.08, 0.075, 0.075)
_BROWN: Colour = (0.5, 0.32, 0.17)
_ORANGE: Colour = (0.85, 0.47, 0.16)
_GRAY: Colour = (0.5, 0.5, 0.52)
_CREAM: Colour = (0.95, 0.87, 0.72)
_RED: Colour = (0.8, 0.12, 0.12)
_BLUE: Colour = (0.14, 0.32, 0.72)
_YELLOW: Colour = (0.96, 0.8, 0.15)
_GREEN: Colour = (0.16, 0.5, 0.24)

_CLOTHES = {"shirt": "shirt", "tee": "t-shirt", "coat": "coat", "dress": "dress"}


def _animal(category: str, kind: str, size: tuple[float, float], unit: float, *draws: Draw) -> list[Plan]:
    return [Plan(category, "animal", kind, draw, size, unit) for draw in draws]


def _object(category: str, kind: str, size: tuple[float, float], unit: float, *draws: Draw) -> list[Plan]:
    return [Plan(category, "object", kind, draw, size, unit) for draw in draws]


def _people() -> list[Plan]:
    shown: tuple[tuple[str, str, str, tuple[str, ...]], ...] = (
        ("stand", "long", "dress", ()),
        ("hip", "short", "shirt", ("tie",)),
        ("hips", "wild", "tee", ()),
        ("walk", "bun", "coat", ()),
        ("carry", "curly", "dress", ("handbag",)),
        ("wave", "short", "tee", ()),
        ("cross", "long", "shirt", ()),
        ("hip", "hat", "coat", ()),
        ("stride", "wild", "dress", ()),
        ("rest", "bun", "tee", ()),
        ("walk", "short", "shirt", ("backpack",)),
        ("stand", "curly", "tee", ()),
    )
    return [
        Plan(
            "person",
            "human",
            "human",
            partial(person, pose=pose, hair=hair, top=top, items=items),
            (1.2, 1.2),
            540,
            _CLOTHES[top],
        )
        for pose, hair, top, items in shown
    ]


PLANS: tuple[Plan, ...] = (
    *_people(),
    *_animal(
        "dog", "fur", (1.2, 1.0), 470,
        partial(furry.dog, colour=_BROWN, second=(0.3, 0.18, 0.1)),
        partial(furry.dog, colour=_WHITE, second=(0.9, 0.87, 0.8), shaggy=1.4),
        partial(furry.dog, colour=_BLACK, second=_BLACK, shaggy=0.7),
    ),
    *_animal(
        "cat", "fur", (1.2, 1.0), 460,
        partial(furry.cat, colour=_ORANGE, stripes=(0.62, 0.27, 0.06), chest=(0.97, 0.9, 0.8), iris=(0.65, 0.7, 0.2)),
        partial(furry.cat, colour=_BLACK, stripes=None, chest=_BLACK, iris=(0.8, 0.75, 0.15)),
        partial(furry.cat, colour=_GRAY, stripes=(0.25, 0.25, 0.27), chest=(0.8, 0.8, 0.8), iris=(0.4, 0.65, 0.3)),
    ),
    *_animal(
        "sheep", "fur", (1.2, 1.0), 470,
        partial(furry.sheep, wool=(0.92, 0.89, 0.83), face=(0.2, 0.17, 0.15)),
        partial(furry.sheep, wool=(0.92, 0.89, 0.83), face=(0.87, 0.77, 0.67)),
        partial(furry.sheep, wool=(0.38, 0.26, 0.17), face=(0.2, 0.14, 0.1)),
    ),
    *_object(
        "ball", "solids", (1.0, 1.0), 440,
        partial(things.ball, colour=(0.93, 0.92, 0.9), second=_RED),
        partial(things.ball, colour=_YELLOW, second=_BLUE),
    ),
    *_object(
        "wine glass", "glass", (0.6, 1.0), 560,
        partial(clear.wine_glass, wine=(0.42, 0.03, 0.09), thick=0.86),
        partial(clear.wine_glass, wine=(0.95, 0.85, 0.45), thick=0.45),
    ),
    *_object(
        "smoke", "smoke", (1.0, 1.0), 520,
        partial(clear.smoke, colour=(0.93, 0.93, 0.94), thick=0.85),
        partial(clear.smoke, colour=(0.42, 0.42, 0.44), thick=0.9),
    ),
)  # fmt: skip
"""Every other one of a category looks to the right."""
