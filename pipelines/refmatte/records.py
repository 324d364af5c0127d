"""What travels through the RefMatte engine: entities, planned images, and what is true of a composed one."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Group = Literal["human", "animal", "object"]
Split = Literal["train", "test"]
Relation = Literal["left", "right", "top", "bottom", "front", "behind"]
Position = Literal["left", "right", "middle", "top", "bottom", "front", "behind"]

ATTRIBUTES = ("gender", "age", "transparent", "salient", "colour", "clothes")
"""Names of attributes in the order of the paper's att0 to att5; entities that are not human have those from
``transparent`` to ``colour``."""


@dataclass(frozen=True, slots=True)
class Rights:
    """Under which licence a picture is, and where it is from; None where its source does not say."""

    license_name: str | None = None
    license_url: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Entity:
    """A matting foreground that may be put into images.

    Attributes:
        entity_id: unique over all sources, ``dataset/name``.
        dataset: which source it is from.
        group: human, animal or object.
        category: entry-level name, singular, in lower case: ``wine glass``.
        colours: picture with its colours, RGB or RGBA.
        alpha: grey picture of the same size; None where ``colours`` is RGBA.
        straight: the colours are the foreground's own; False for a photo, whose colours mix with its background where
            alpha is between 0 and 1.
        photo: what it was cut from; entities of one photo go to one split.
        split: where its source puts it; None where it has no splits.
        stated: attributes that the source states, by name: gender, age, clothes. Never guessed from pixels.
        rights: licence and origin.
    """

    entity_id: str
    dataset: str
    group: Group
    category: str
    colours: Path
    alpha: Path | None
    straight: bool
    photo: str
    split: Split | None = None
    stated: tuple[tuple[str, str], ...] = ()
    rights: Rights = Rights()


@dataclass(frozen=True, slots=True)
class Background:
    """A photo that images are composed on; ``name`` is its path below its folder."""

    name: str
    path: Path
    rights: Rights = Rights()


@dataclass(frozen=True, slots=True)
class Planned:
    """An image that is to be composed.

    Attributes:
        image_id: from 1.
        split: of the image, and of all that is in it.
        entities: two or three.
        background: what they are put on.
        arrangement: the relation that the image is made for; of three entities each pair that is next to each other
            has it.
        seed: of every draw.
    """

    image_id: int
    split: Split
    entities: tuple[Entity, ...]
    background: Background
    arrangement: Literal["horizontal", "vertical", "depth"]
    seed: int


@dataclass(frozen=True, slots=True)
class Described:
    """An entity as it stands in an image: what expressions may say of it.

    Attributes:
        number: from 1 within its image; the ``annotation_id`` of its row.
        group, category: as of ``Entity``.
        attributes: by name, in the order of ``ATTRIBUTES``, as far as they are known: gender male or female; age
            child, youth, adult or senior; transparent or non-transparent; salient or non-salient; a CSS colour name;
            a type of clothes.
    """

    number: int
    group: Group
    category: str
    attributes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """``subject`` is, say, to the left of ``other``; both are numbers."""

    subject: int
    relation: Relation
    other: int


@dataclass(frozen=True, slots=True)
class Scene:
    """What is true of a composed image.

    Two grades: what holds is plainly so, and may be written. What may hold is all that a viewer could agree with, of
    which what holds is a part: an expression is ambiguous if it may hold of two entities.

    Attributes:
        entities: in order of their numbers.
        facts: that hold between two entities, in both directions.
        possible_facts: that may hold.
        positions: (number, position) that hold within the image.
        possible_positions: that may hold.
    """

    entities: tuple[Described, ...]
    facts: frozenset[Fact] = field(default_factory=frozenset)
    possible_facts: frozenset[Fact] = field(default_factory=frozenset)
    positions: frozenset[tuple[int, Position]] = field(default_factory=frozenset)
    possible_positions: frozenset[tuple[int, Position]] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Expression:
    """A text that fits one entity of an image alone.

    Attributes:
        kind: basic (BE), absolute position (APE), or relative position in its two forms (RPE-1, RPE-2).
        text: without a full stop, in lower case.
        relation: of the absolute or relative position; None for basic ones.
        words: how the text puts it.
        other: number of the second entity of relative ones.
    """

    kind: Literal["basic", "absolute", "relative-1", "relative-2"]
    text: str
    relation: Position | None = None
    words: str | None = None
    other: int | None = None
