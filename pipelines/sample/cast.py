"""The list of scenes, written out so that every kind of difficulty is there by intent and not by luck."""

from dataclasses import dataclass

VGA = (640, 480)
TALL = (480, 640)


@dataclass(frozen=True, slots=True)
class Person:
    """A person; positions are shares of the image.

    Attributes:
        x: of the pelvis.
        soles: y of the ground; above 1 the image cuts the legs.
        height: of the person standing.
        pose: key of ``people.POSES``.
        hair: key of ``people.HAIR``.
        outfit: see ``people.Look``.
        items: keys of ``props.PROPS``.
        fur: see ``people.Look``.
        blur: "motion", "defocus" or "".
        moving: side of the arm blurred by motion; -1 for none.
    """

    x: float
    soles: float
    height: float
    pose: str = "stand"
    hair: str = "short"
    outfit: str = "tee"
    items: tuple[str, ...] = ()
    fur: tuple[str, ...] = ()
    blur: str = ""
    moving: int = -1


@dataclass(frozen=True, slots=True)
class Extra:
    """Something that belongs to nobody: "chair", "dog", "ball", "bag" or "crowd"."""

    kind: str
    x: float
    y: float
    size: float
    front: bool = False


@dataclass(frozen=True, slots=True)
class Scene:
    """One image: ``setting`` as in ``settings.background``, people back to front."""

    setting: str
    size: tuple[int, int]
    people: tuple[Person, ...]
    extras: tuple[Extra, ...] = ()
    haze: float = 0.0

    @property
    def width(self) -> int:
        """In pixels."""
        return self.size[0]

    @property
    def height(self) -> int:
        """In pixels."""
        return self.size[1]


P = Person
SCENES: tuple[Scene, ...] = (
    # Large enough to need scaling in some pipelines: three people, all kinds of edges.
    Scene("alley", (1280, 960), (
        P(0.22, 0.97, 0.86, "hip", "windy", "dress", ("crossbody",)),
        P(0.52, 0.98, 0.9, "toast", "short", "suit", ("tie", "wine glass")),
        P(0.8, 0.96, 0.82, "carry", "wavy", "coat", ("handbag",), ("collar", "hem", "cuffs")),
    )),
    Scene("coffee", VGA, (P(0.5, 2.35, 2.25, "bust", "windy", "shirt"),), haze=0.012),
    Scene("yard", TALL, (P(0.5, 0.95, 0.84, "akimbo", "curly", "tee"),)),
    Scene("court", VGA, (P(0.45, 0.95, 0.78, "swing", "bob", "shorts", ("racket",), moving=0),)),
    Scene("motorcycle_left", (640, 427), (
        P(0.3, 0.98, 0.88, "walk", "short", "shirt", ("backpack",)),
        P(0.72, 1.02, 0.9, "hold", "long", "tee", ("bottle",)),
    )),
    Scene("gallery", VGA, (
        P(0.33, 0.96, 0.82, "toast", "long", "dress", ("wine glass",)),
        P(0.66, 0.97, 0.85, "toast", "bald", "suit", ("wine glass", "tie")),
    )),
    Scene("park", (640, 480), (
        P(0.3, 0.94, 0.72, "stand", "bob", "shorts"),
        P(0.66, 0.96, 0.74, "run", "short", "shorts", blur="motion"),
    ), (Extra("dog", 0.88, 0.95, 0.2, front=True),)),
    Scene("chelsea", (500, 375), (P(0.32, 2.25, 2.2, "bust", "wild", "tee"),)),
    Scene("alley", TALL, (P(0.48, 0.96, 0.7, "hold", "long", "coat", ("umbrella",), ("collar",)),)),
    Scene("rocket", VGA, (
        P(0.3, 1.35, 1.22, "wave", "gust", "shirt", moving=1),
        P(0.74, 1.3, 1.15, "hip", "short", "tee", ("crossbody",)),
    )),
    Scene("studio", TALL, (P(0.5, 2.0, 1.85, "bust-hip", "wavy", "coat", (), ("collar", "hat")),)),
    # Tiny people far away, a crowd, and one person close by.
    Scene("yard", VGA, (
        P(0.08, 0.74, 0.11, "stand"), P(0.16, 0.73, 0.1, "walk"), P(0.9, 0.74, 0.11, "hip", "bob"),
        P(0.96, 0.73, 0.1, "stand"), P(0.32, 0.96, 0.68, "carry", "short", "shirt", ("handbag", "backpack")),
    ), (Extra("crowd", 0.66, 0.76, 0.17),)),
    # Overlapping people.
    Scene("immunohistochemistry", VGA, (
        P(0.36, 1.2, 1.05, "stand", "long", "tee"),
        P(0.56, 1.25, 1.08, "hip", "curly", "shirt", ("cup",)),
        P(0.78, 1.22, 1.0, "stand", "wavy", "dress"),
    ), haze=0.008),
    Scene("grass", (640, 427), (P(0.5, 0.95, 0.82, "raised", "short", "tee", ("glove",)),
                                P(0.82, 0.93, 0.72, "star", "gust", "shorts"))),
    Scene("park", TALL, (P(0.42, 0.95, 0.6, "run", "windy", "shorts", moving=1),
                         P(0.78, 0.97, 0.55, "walk", "short", "tee", ("backpack",)))),
    Scene("retina", VGA, (P(0.4, 2.5, 2.4, "bust", "curly", "suit", ("tie",)),
                          P(0.85, 2.4, 2.2, "bust", "long", "shirt", blur="defocus"))),
    Scene("gallery", (640, 360), (P(0.18, 0.97, 0.88, "stand", "wavy", "dress", ("handbag",)),
                                  P(0.5, 0.98, 0.9, "akimbo", "short", "shirt"),
                                  P(0.82, 0.97, 0.86, "hold", "bob", "tee", ("cup",)))),
    Scene("brick", VGA, (P(0.02, 1.1, 1.0, "stand", "long", "coat", (), ("collar", "hem")),
                         P(0.97, 1.15, 1.02, "hip", "gust", "tee"))),
    Scene("court", TALL, (P(0.45, 0.94, 0.62, "swing", "long", "dress", ("racket",)),)),
    Scene("motorcycle_right", VGA, (P(0.28, 0.97, 0.84, "stand", "short", "tee"),
                                    P(0.6, 0.99, 0.9, "walk", "windy", "coat", ("handbag",), ("cuffs", "hem"))),
          (Extra("chair", 0.45, 0.97, 0.42),)),
    # A ball beyond a gap: inside the person's box, touching nothing.
    Scene("yard", VGA, (P(0.5, 0.95, 0.8, "star", "bob", "shorts"),), (Extra("ball", 0.37, 0.72, 0.1),)),
    # A bag that nobody carries.
    Scene("studio", VGA, (P(0.72, 0.96, 0.82, "hip", "wild", "dress"),), (Extra("bag", 0.16, 1.12, 0.66),)),
    Scene("hubble_deep_field", TALL, (P(0.5, 1.9, 1.8, "raised", "windy", "tee"),)),
    Scene("coffee", (640, 427), (P(0.35, 1.5, 1.4, "toast", "wavy", "dress", ("wine glass",)),
                                 P(0.68, 1.45, 1.35, "hold", "short", "shirt", ("bottle",))), haze=0.006),
    Scene("alley", (427, 640), (P(0.5, 0.96, 0.82, "run", "long", "shirt", ("backpack",), blur="motion"),)),
    Scene("gravel", VGA, (P(0.3, 0.95, 0.8, "hip", "bald", "suit", ("tie",)),
                          P(0.68, 0.97, 0.78, "hold", "wavy", "coat", ("umbrella",), ("collar", "cuffs")))),
    Scene("rocket", TALL, (P(0.5, 2.1, 2.05, "bust", "gust", "coat", (), ("collar",)),)),
    Scene("park", VGA, (P(0.2, 0.92, 0.62, "wave", "curly", "tee", blur="defocus"),
                        P(0.62, 1.08, 0.98, "carry", "long", "shirt", ("handbag", "backpack")))),
)  # fmt: skip
