"""The plan: which entities there are, and what draws each."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pipelines.sample.entities import clear, grazers, pets, plants, things, vessels, wild, winged
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
_BLACK: Colour = (0.115, 0.11, 0.115)
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
        partial(pets.dog, colour=_BROWN, second=(0.3, 0.18, 0.1)),
        partial(pets.dog, colour=_WHITE, second=(0.9, 0.87, 0.8), shaggy=1.4),
        partial(pets.dog, colour=_BLACK, second=_BLACK, shaggy=0.7),
    ),
    *_animal(
        "cat", "fur", (1.2, 1.0), 460,
        partial(pets.cat, colour=_ORANGE, stripes=(0.62, 0.27, 0.06), chest=(0.97, 0.9, 0.8), iris=(0.65, 0.7, 0.2)),
        partial(pets.cat, colour=_BLACK, stripes=None, chest=_BLACK, iris=(0.8, 0.75, 0.15)),
        partial(pets.cat, colour=_GRAY, stripes=(0.25, 0.25, 0.27), chest=(0.8, 0.8, 0.8), iris=(0.4, 0.65, 0.3)),
    ),
    *_animal(
        "sheep", "fur", (1.2, 1.0), 470,
        partial(grazers.sheep, wool=(0.92, 0.89, 0.83), face=(0.2, 0.17, 0.15)),
        partial(grazers.sheep, wool=(0.92, 0.89, 0.83), face=(0.87, 0.77, 0.67)),
        partial(grazers.sheep, wool=(0.38, 0.26, 0.17), face=(0.2, 0.14, 0.1)),
    ),
    *_animal(
        "rabbit", "fur", (1.0, 1.0), 470,
        partial(pets.rabbit, colour=(0.55, 0.43, 0.3), belly=_CREAM),
        partial(pets.rabbit, colour=_WHITE, belly=(1.0, 0.98, 0.96)),
        partial(pets.rabbit, colour=(0.3, 0.3, 0.32), belly=(0.75, 0.75, 0.76)),
    ),
    *_animal(
        "horse", "fur", (1.25, 1.0), 500,
        partial(grazers.horse, colour=(0.45, 0.22, 0.1), mane=_BLACK, socks=_WHITE),
        partial(grazers.horse, colour=_WHITE, mane=(0.8, 0.78, 0.74)),
        partial(grazers.horse, colour=_BLACK, mane=(0.05, 0.05, 0.05)),
    ),
    *_animal("zebra", "fur", (1.25, 1.0), 500, grazers.zebra),
    *_animal(
        "cow", "fur", (1.25, 1.0), 490,
        partial(grazers.cow, colour=_WHITE, patches=(0.07, 0.065, 0.065)),
        partial(grazers.cow, colour=(0.5, 0.27, 0.13), patches=None),
        partial(grazers.cow, colour=_BLACK, patches=None, horns=False),
    ),
    *_animal(
        "bird", "feather", (1.2, 1.0), 460,
        partial(winged.bird, back=_BLUE, breast=(0.85, 0.5, 0.2), wing=(0.12, 0.25, 0.6), beak=(0.2, 0.18, 0.17)),
        partial(winged.bird, back=_YELLOW, breast=(0.98, 0.88, 0.4), wing=(0.75, 0.6, 0.1), beak=(0.9, 0.5, 0.15)),
        partial(winged.bird, back=_RED, breast=(0.85, 0.2, 0.16), wing=(0.55, 0.08, 0.08), beak=(0.9, 0.55, 0.2)),
    ),
    *_animal(
        "duck", "feather", (1.15, 1.0), 470,
        partial(winged.duck, body=_WHITE, head=_WHITE, breast=_WHITE, bill=(0.95, 0.6, 0.12)),
        partial(winged.duck, body=(0.5, 0.44, 0.38), head=(0.06, 0.32, 0.17), breast=(0.36, 0.18, 0.1),
                bill=(0.85, 0.7, 0.2)),
        partial(winged.duck, body=_YELLOW, head=_YELLOW, breast=_YELLOW, bill=(0.9, 0.45, 0.1)),
    ),
    *_animal("owl", "feather", (1.0, 1.0), 460, winged.owl),
    *_animal(
        "butterfly", "solids", (1.2, 0.9), 470,
        partial(winged.butterfly, colour=(0.92, 0.46, 0.08), edge=_BLACK, spots=_WHITE),
        partial(winged.butterfly, colour=(0.12, 0.42, 0.85), edge=(0.04, 0.05, 0.1), spots=(0.7, 0.85, 1.0)),
        partial(winged.butterfly, colour=(0.97, 0.86, 0.2), edge=(0.3, 0.22, 0.08), spots=(0.95, 0.5, 0.1)),
    ),
    *_animal(
        "fish", "glass", (1.25, 0.9), 440,
        partial(wild.fish, colour=(0.93, 0.45, 0.08), belly=(0.98, 0.75, 0.4)),
        partial(wild.fish, colour=(0.15, 0.35, 0.8), belly=(0.75, 0.85, 0.95)),
        partial(wild.fish, colour=(0.95, 0.38, 0.06), belly=(0.97, 0.5, 0.12), bands=_WHITE),
    ),
    *_animal("elephant", "solids", (1.2, 1.0), 520, wild.elephant),
    *_animal("hedgehog", "fur", (1.0, 0.8), 520, wild.hedgehog),
    *_animal("turtle", "solids", (1.2, 0.8), 470, wild.turtle),
    *_object(
        "ball", "solids", (1.0, 1.0), 440,
        partial(things.ball, colour=_WHITE, second=_RED),
        partial(things.ball, colour=_YELLOW, second=_BLUE),
        partial(things.ball, colour=_GREEN, second=(0.35, 0.7, 0.3)),
    ),
    *_object(
        "umbrella", "cloth", (1.2, 1.0), 470,
        partial(things.umbrella, colour=_RED, second=_RED),
        partial(things.umbrella, colour=_BLUE, second=_WHITE),
        partial(things.umbrella, colour=(0.12, 0.12, 0.13), second=(0.12, 0.12, 0.13)),
    ),
    *_object(
        "teapot", "solids", (1.2, 1.0), 440,
        partial(vessels.teapot, colour=(0.94, 0.93, 0.9), flower=_BLUE),
        partial(vessels.teapot, colour=(0.2, 0.5, 0.48), flower=_CREAM),
        partial(vessels.teapot, colour=(0.72, 0.15, 0.13), flower=_CREAM),
    ),
    *_object(
        "cup", "solids", (1.0, 0.9), 450,
        partial(vessels.cup, colour=(0.94, 0.93, 0.9), spots=_RED),
        partial(vessels.cup, colour=_BLUE, spots=_WHITE),
        partial(vessels.cup, colour=_YELLOW),
    ),
    *_object(
        "vase", "solids", (0.65, 1.0), 520,
        partial(vessels.vase, colour=(0.93, 0.93, 0.92), pattern=_BLUE, slim=False),
        partial(vessels.vase, colour=(0.72, 0.36, 0.2), pattern=(0.2, 0.12, 0.08), slim=True),
        partial(vessels.vase, colour=(0.16, 0.42, 0.32), pattern=(0.85, 0.72, 0.35), slim=False),
    ),
    *_object(
        "wine glass", "glass", (0.6, 1.0), 560,
        partial(vessels.wine_glass, wine=(0.42, 0.03, 0.09), thick=0.86),
        partial(vessels.wine_glass, wine=(0.95, 0.85, 0.45), thick=0.45),
    ),
    *_object(
        "bottle", "glass", (0.4, 1.0), 580,
        partial(vessels.bottle, tint=(0.12, 0.42, 0.2), thick=0.6, label=(0.92, 0.88, 0.76)),
        partial(vessels.bottle, tint=(0.45, 0.22, 0.06), thick=0.7, label=(0.9, 0.75, 0.35)),
        partial(vessels.bottle, tint=(0.75, 0.88, 0.95), thick=0.25, label=(0.55, 0.75, 0.9)),
    ),
    *_object(
        "bubble", "glass", (1.0, 1.0), 440,
        partial(clear.bubble, hues=((0.95, 0.45, 0.75), (0.35, 0.75, 0.95), (0.75, 0.95, 0.5))),
        partial(clear.bubble, hues=((0.98, 0.8, 0.35), (0.6, 0.5, 0.95), (0.4, 0.95, 0.8))),
    ),
    *_object(
        "ice cube", "glass", (1.0, 1.0), 490,
        partial(clear.ice_cube, tint=(0.72, 0.87, 0.97)),
        partial(clear.ice_cube, tint=(0.55, 0.8, 0.9)),
    ),
    *_object(
        "smoke", "smoke", (1.0, 1.0), 540,
        partial(clear.smoke, colour=(0.95, 0.95, 0.96), thick=0.9),
        partial(clear.smoke, colour=(0.4, 0.4, 0.42), thick=0.93),
    ),
    *_object(
        "fire", "smoke", (1.0, 1.0), 500,
        partial(clear.fire, hues=((0.75, 0.1, 0.02), (0.98, 0.42, 0.05), (1.0, 0.82, 0.25))),
        partial(clear.fire, hues=((0.1, 0.15, 0.75), (0.2, 0.45, 0.98), (0.65, 0.85, 1.0))),
    ),
    *_object(
        "balloon", "glass", (0.7, 1.0), 540,
        partial(things.balloon, colour=_RED),
        partial(things.balloon, colour=(0.2, 0.5, 0.9)),
        partial(things.balloon, colour=(0.98, 0.78, 0.12)),
    ),
    *_object(
        "backpack", "solids", (0.8, 1.0), 500,
        partial(things.backpack, colour=_BLUE, second=(0.3, 0.3, 0.33)),
        partial(things.backpack, colour=(0.8, 0.3, 0.12), second=(0.25, 0.2, 0.18)),
        partial(things.backpack, colour=(0.2, 0.4, 0.22), second=(0.5, 0.36, 0.2)),
    ),
    *_object(
        "handbag", "solids", (1.0, 1.0), 440,
        partial(things.handbag, colour=(0.75, 0.13, 0.16)),
        partial(things.handbag, colour=(0.5, 0.3, 0.16)),
        partial(things.handbag, colour=(0.12, 0.11, 0.12)),
    ),
    *_object(
        "teddy bear", "fur", (0.8, 1.0), 500,
        partial(things.teddy_bear, colour=(0.62, 0.41, 0.2), ribbon=_RED),
        partial(things.teddy_bear, colour=(0.9, 0.86, 0.8), ribbon=_BLUE),
        partial(things.teddy_bear, colour=(0.9, 0.6, 0.68), ribbon=_WHITE),
    ),
    *_object(
        "lamp", "cloth", (0.8, 1.0), 500,
        partial(things.lamp, shade=(0.95, 0.85, 0.6), foot=(0.2, 0.35, 0.55)),
        partial(things.lamp, shade=(0.85, 0.4, 0.3), foot=(0.85, 0.82, 0.76)),
    ),
    *_object(
        "chair", "solids", (0.7, 1.0), 520,
        partial(things.chair, wood=(0.5, 0.31, 0.16), seat=_RED),
        partial(things.chair, wood=(0.88, 0.86, 0.82), seat=_BLUE),
    ),
    *_object(
        "hat", "solids", (1.2, 0.7), 450,
        partial(things.hat, colour=(0.88, 0.74, 0.46), ribbon=_RED),
        partial(things.hat, colour=(0.3, 0.3, 0.33), ribbon=_BLACK),
    ),
    *_object(
        "book", "solids", (0.75, 1.0), 480,
        partial(things.book, colour=(0.55, 0.12, 0.12), ornament=(0.88, 0.72, 0.35)),
        partial(things.book, colour=(0.12, 0.25, 0.45), ornament=(0.85, 0.85, 0.82)),
    ),
    *_object(
        "apple", "solids", (1.0, 1.0), 430,
        partial(things.apple, colour=(0.78, 0.12, 0.1), blush=(0.9, 0.4, 0.12)),
        partial(things.apple, colour=(0.5, 0.72, 0.16), blush=(0.75, 0.8, 0.25)),
    ),
    *_object(
        "flower", "plant", (0.85, 1.0), 520,
        partial(plants.flower, colour=(0.97, 0.78, 0.1), heart=(0.3, 0.17, 0.08), petals=16),
        partial(plants.flower, colour=(0.95, 0.94, 0.92), heart=(0.95, 0.75, 0.15), petals=13),
        partial(plants.flower, colour=(0.8, 0.2, 0.5), heart=(0.95, 0.8, 0.3), petals=8),
    ),
    *_object(
        "leaves", "plant", (1.0, 1.0), 500,
        partial(plants.leaves, colour=(0.22, 0.48, 0.14), second=(0.42, 0.62, 0.2)),
        partial(plants.leaves, colour=(0.82, 0.32, 0.08), second=(0.93, 0.66, 0.14)),
    ),
    *_object(
        "feather", "feather", (0.85, 1.0), 520,
        partial(plants.feather, colour=(0.93, 0.92, 0.9), tip=(0.7, 0.72, 0.75)),
        partial(plants.feather, colour=(0.15, 0.45, 0.62), tip=(0.06, 0.1, 0.35)),
    ),
    *_object("dandelion", "plant", (0.85, 1.0), 560, plants.dandelion),
    *_object("spider web", "wires", (1.0, 1.0), 520, clear.spider_web),
    *_object("guitar", "solids", (0.5, 1.0), 640, things.guitar),
    *_object("kite", "cloth", (1.0, 1.0), 520, partial(things.kite, colours=(_RED, _YELLOW, _BLUE))),
)  # fmt: skip
"""Every other one of a category looks to the right."""
