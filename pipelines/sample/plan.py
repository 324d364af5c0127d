"""The plan: which image shows whom, where, in which pose, with what."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Actor:
    """One person.

    Attributes:
        x, y: where the feet stand, as shares of the image's width and height; beyond 1 they are cut off.
        h: standing height as a share of the image's height.
        pose, style, top: see ``figures``.
        items: accessories, see ``accessories.KINDS``.
        wind: what blows the hair to the right.
        swing: motion blur of the right arm, as a share of the person's height.
        motion: motion blur of the whole person in pixels, and its direction in degrees.
        defocus: radius of the lens blur in pixels.
    """

    x: float
    y: float
    h: float
    pose: str = "stand"
    style: str = "short"
    top: str = "shirt"
    items: tuple[str, ...] = ()
    wind: float = 0.0
    swing: float = 0.0
    motion: tuple[float, float] = (0.0, 0.0)
    defocus: float = 0.6


@dataclass(frozen=True, slots=True)
class Prop:
    """Something that belongs to nobody: "chair", "dog", "ball", "handbag", "suitcase", "bottle" or "crowd".

    Attributes:
        kind: one of the above.
        x, y: where its foot stands, as shares of the image.
        size: its height, as a share of the image's height.
        front: in front of the people, not behind them.
    """

    kind: str
    x: float
    y: float
    size: float
    front: bool = False


@dataclass(frozen=True, slots=True)
class Shot:
    """One image."""

    size: tuple[int, int]
    background: str
    actors: tuple[Actor, ...]
    props: tuple[Prop, ...] = ()


A, P, S = Actor, Prop, Shot
WIDE, TALL = (640, 480), (480, 640)
SHOTS: tuple[Shot, ...] = (
    # Hair.
    S(TALL, "cafe", (A(0.5, 2.2, 2.05, "stand", "long", "tee", wind=0.1),)),
    S(TALL, "lights", (A(0.5, 1.85, 1.7, "cross", "wild", "shirt"),)),
    S(WIDE, "garage far", (A(0.3, 1.5, 1.35, "hold", "long", "shirt", ("cup",), wind=0.35),
                           A(0.72, 1.5, 1.3, "stand", "curly", "tee"))),
    S((500, 640), "garden", (A(0.5, 0.96, 0.84, "hips", "wild", "dress", wind=0.3),)),
    S(WIDE, "cat", (A(0.5, 1.9, 1.75, "stand", "curly", "shirt", ("tie",)),)),
    # Fur.
    S(TALL, "alley", (A(0.36, 1.42, 1.28, "hold", "hat", "coat", ("cup",)),)),
    S(WIDE, "hedge", (A(0.3, 0.97, 0.86, "carry", "long", "coat", ("handbag",)),
                      A(0.68, 0.98, 0.88, "hip", "hat", "coat"))),
    S(TALL, "studio", (A(0.37, 1.5, 1.35, "hold", "bun", "coat", ("teddy",)),)),
    # Motion.
    S(WIDE, "field", (A(0.3, 0.93, 0.78, "run", "short", "tee", motion=(15, 8)),
                      A(0.74, 0.95, 0.8, "walk", "bun", "tee", wind=-0.2)),
      (P("ball", 0.735, 0.955, 0.07),)),
    S((640, 427), "courtyard", (A(0.42, 0.97, 0.9, "wave", "short", "shirt", swing=0.07),
                                A(0.78, 0.97, 0.84, "lunge", "long", "tee", wind=-0.5, motion=(10, 0)))),
    S(TALL, "launch pad far", (A(0.5, 0.97, 0.8, "stride", "wild", "dress", wind=-0.5, motion=(9, 20)),)),
    # Glass.
    S(TALL, "lights", (A(0.34, 1.42, 1.25, "hold", "long", "dress", ("wine glass",)),)),
    S(WIDE, "table", (A(0.22, 1.5, 1.35, "hold", "short", "shirt", ("wine glass", "tie")),
                      A(0.68, 1.4, 1.22, "hold", "bun", "dress", ("bottle",)))),
    S(WIDE, "garage", (A(0.2, 0.98, 0.85, "offer", "short", "tee", ("bottle",)),
                       A(0.68, 0.98, 0.88, "offer", "curly", "shirt", ("wine glass",)))),
    # Sport: gloves, rackets, thin strings.
    S(WIDE, "field", (A(0.33, 0.95, 0.8, "catch", "short", "tee", ("glove",)),
                      A(0.7, 0.95, 0.8, "rest", "bun", "tee", ("racket",)))),
    S((640, 500), "quarry", (A(0.2, 0.96, 0.76, "hip", "short", "shirt", ("glove",)),
                           A(0.6, 0.95, 0.72, "swing", "long", "dress", ("racket",), wind=-0.3))),
    S((1280, 960), "garden", (A(0.24, 0.95, 0.8, "hips", "curly", "tee", ("backpack",)),
                              A(0.52, 0.94, 0.78, "raise", "wild", "dress"),
                              A(0.78, 0.95, 0.82, "hold", "short", "shirt", ("wine glass", "tie")))),
    # Worn and carried.
    S(WIDE, "launch pad", (A(0.28, 0.97, 0.85, "walk", "short", "tee", ("backpack",)),
                           A(0.7, 0.97, 0.84, "hip", "long", "shirt", ("shoulder bag",), wind=0.2))),
    S(TALL, "courtyard", (A(0.42, 0.97, 0.66, "hold", "bun", "coat", ("open umbrella",)),)),
    S(WIDE, "gallery", (A(0.25, 0.97, 0.86, "carry", "short", "shirt", ("tie", "suitcase")),
                        A(0.6, 0.97, 0.84, "hip", "wild", "dress", ("closed umbrella",)),),
      (P("chair", 0.86, 0.95, 0.42),)),
    S(WIDE, "mural", (A(0.35, 0.97, 0.88, "hold", "long", "tee", ("book",)),
                      A(0.73, 0.97, 0.85, "stand", "hat", "coat", ("handbag",)))),
    # Overlaps and borders.
    S(WIDE, "alley", (A(0.36, 0.93, 0.82, "hip", "short", "shirt"), A(0.5, 0.96, 0.86, "stand", "long", "tee"),
                      A(0.65, 0.99, 0.88, "hips", "curly", "dress"))),
    S(WIDE, "hedge", (A(0.02, 0.97, 0.85, "wave", "long", "tee"), A(0.48, 1.25, 1.15, "hips", "short", "tee"),
                      A(0.99, 0.96, 0.85, "stand", "wild", "shirt"))),
    S((640, 360), "garage", (A(0.22, 0.98, 0.9, "sit", "short", "shirt"),
                             A(0.62, 0.98, 0.92, "cross", "long", "dress")),
      (P("dog", 0.86, 0.96, 0.34),)),
    # Out of focus.
    S(WIDE, "cafe", (A(0.25, 1.2, 1.1, "stand", "curly", "tee", defocus=4.0),
                     A(0.64, 1.5, 1.35, "hold", "long", "shirt", ("phone",), wind=-0.2))),
    S(TALL, "garage far", (A(0.55, 1.2, 1.12, "hip", "bun", "dress", defocus=2.6),)),
    # Small people, a crowd, and what belongs to nobody.
    S(WIDE, "quarry", (A(0.1, 0.66, 0.1), A(0.17, 0.67, 0.105, "walk"), A(0.9, 0.68, 0.1, "hip"),
                       A(0.5, 0.97, 0.8, "stride", "long", "shirt", ("shoulder bag",), wind=-0.4)),
      (P("handbag", 0.88, 0.95, 0.15),)),
    S(WIDE, "field", (A(0.88, 0.68, 0.11, "wave"), A(0.35, 0.96, 0.78, "hold", "hat", "coat", ("cup",)),
                      A(0.65, 0.97, 0.8, "stand", "short", "tee", ("ball",))),
      (P("crowd", 0.5, 0.68, 0.19), P("dog", 0.88, 0.96, 0.25))),
    S(TALL, "gallery", (A(0.36, 0.95, 0.7, "hip", "long", "tee", wind=0.15),
                        A(0.66, 0.97, 0.72, "hip", "curly", "shirt", ("tie",))),
      (P("bottle", 0.93, 0.96, 0.13), P("chair", 0.08, 0.93, 0.3))),
    S((640, 426), "mural", (A(0.28, 0.98, 0.9, "hips", "short", "tee"),
                            A(0.68, 0.98, 0.9, "raise", "long", "shirt", wind=0.3))),
)  # fmt: skip
