"""All words that expressions are made of, with their meanings, as the data files have them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, TypeVar

from pipelines.refmatte.language.clothes import read_clothes
from pipelines.refmatte.language.colours import css_colours
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.kinds import main_name
from pipelines.refmatte.records import Described, Group, Position, Relation

M = TypeVar("M")
Words = tuple[str, ...]
GENDERS = frozenset({"female", "male"})
AGES = ("child", "youth", "adult", "senior")
FUNCTION_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "other",
        "another",
        "who",
        "which",
        "that",
        "is",
        "are",
        "and",
        ",",
        "with",
        "wearing",
        "in",
        "dressed",
    ]
)


@dataclass(frozen=True, slots=True)
class Noun:
    """What an entity is called.

    Attributes:
        name: as it is written.
        group: of which all entities may be called so; None for the names of categories.
        category: the main name of the category that it names; None for the names of groups.
        genders, ages: of humans that it holds of.
        written: False for nouns that are understood only.
    """

    name: str
    group: Group | None = None
    category: str | None = None
    genders: frozenset[str] = GENDERS
    ages: frozenset[str] = frozenset(AGES)
    written: bool = True


@dataclass(frozen=True, slots=True)
class Adjective:
    """A word, the attribute that it states, and the attribute's values that it holds of."""

    word: str
    attribute: str
    values: frozenset[str]


@dataclass(frozen=True, slots=True)
class RelativePhrase:
    """Words of a relation, the relations that they hold of (either of two for ``beside``), those that a reader may
    take them for, and whether nothing may be between."""

    words: str
    relations: frozenset[Relation]
    possible: frozenset[Relation]
    adjacent: bool


@dataclass(frozen=True)
class Vocabulary:
    """Meanings by words; several where words mean several things.

    ``words`` are all single words, ``longest`` the number of words of the longest entry.
    """

    nouns: Mapping[Words, tuple[Noun, ...]]
    adjectives: Mapping[Words, tuple[Adjective, ...]]
    garments: Mapping[Words, tuple[str, ...]]
    absolute: Mapping[Words, tuple[Position, ...]]
    relative: Mapping[Words, tuple[RelativePhrase, ...]]
    words: frozenset[str]
    longest: int


def vocabulary_of(entities: Iterable[Described]) -> Vocabulary:
    """The data files' words, and the entities' own categories and clothes."""
    known = base_vocabulary()
    nouns, garments = set(), set()
    for entity in entities:
        if words_of(entity.category) not in known.nouns:
            nouns.add((entity.category, entity.group))
        clothes = dict(entity.attributes).get("clothes")
        if clothes is not None and words_of(garment := read_clothes(clothes).garment) not in known.garments:
            garments.add(garment)
    return _extended(frozenset(nouns), frozenset(garments)) if nouns or garments else known


def words_of(text: str) -> Words:
    """A text's words in lower case; commas are words."""
    return tuple(text.lower().replace(",", " , ").split())


@cache
def base_vocabulary() -> Vocabulary:
    """The data files' words."""
    clothes = read_data("clothes")
    return _vocabulary(
        nouns=_index((noun.name, noun) for noun in [*people(), *_groups(), *_categories()]),
        adjectives=_index((adjective.word, adjective) for adjective in adjectives()),
        garments=_index((name, name) for name in [*clothes["fabrics"], *clothes["plural"], *clothes["single"]]),
    )


@cache
def people() -> tuple[Noun, ...]:
    """All nouns for humans."""
    return tuple(_person(name, row) for row in read_data("people")["nouns"] for name in row["names"])


@cache
def adjectives() -> tuple[Adjective, ...]:
    """All adjectives."""
    rows = [(name, row) for row in read_data("people")["adjectives"] for name in row["names"]]
    of_people = [Adjective(name, row["attribute"], frozenset(row["values"])) for name, row in rows]
    of_all = [
        Adjective(word, attribute, frozenset({word}))
        for attribute in ("transparent", "salient")
        for word in (attribute, f"non-{attribute}")
    ]
    return (*of_people, *of_all, *(Adjective(name, "colour", frozenset({name})) for name in css_colours()))


@cache
def adjectives_of(attribute: str) -> tuple[Adjective, ...]:
    """Those that state an attribute."""
    return tuple(adjective for adjective in adjectives() if adjective.attribute == attribute)


@cache
def relative_phrase(words: str) -> RelativePhrase:
    """The meaning of a relation's words."""
    data = read_data("phrases")
    relations = frozenset(relation for relation, phrases in data["relative"].items() if words in phrases)
    return RelativePhrase(
        words, relations, relations | frozenset(data["also"].get(words, ())), words in data["adjacent"]
    )


def _person(name: str, row: dict[str, Any]) -> Noun:
    genders, ages = frozenset(row.get("genders", GENDERS)), frozenset(row.get("ages", AGES))
    return Noun(name, "human", None, genders, ages, row.get("written", True))


def _groups() -> list[Noun]:
    nouns = read_data("nouns")
    return [
        *(Noun(name, "animal") for name in nouns["animals"]),
        *(Noun(name, "animal", written=False) for name in nouns["animals_understood"]),
        *(Noun(name, "object", written=False) for name in nouns["objects_understood"]),
    ]


def _categories() -> list[Noun]:
    data = read_data("nouns")
    lists = [
        data["known"]["names"],
        *data["synonyms"],
        *data["alike"]["groups"],
        data["kinds"],
        *data["kinds"].values(),
    ]
    names = {name for names in lists for name in names}
    return [Noun(name, category=main_name(name)) for name in sorted(names)]


@lru_cache(maxsize=256)
def _extended(nouns: frozenset[tuple[str, Group]], garments: frozenset[str]) -> Vocabulary:
    """The data files' words and others: names of categories with their groups, and clothes."""
    known = base_vocabulary()
    others = [
        (name, Noun(name, "human" if group == "human" else None, main_name(name))) for name, group in sorted(nouns)
    ]
    return _vocabulary(
        nouns={**known.nouns, **_index(others)},
        adjectives=known.adjectives,
        garments={**known.garments, **_index((name, name) for name in sorted(garments))},
    )


def _vocabulary(
    nouns: Mapping[Words, tuple[Noun, ...]],
    adjectives: Mapping[Words, tuple[Adjective, ...]],
    garments: Mapping[Words, tuple[str, ...]],
) -> Vocabulary:
    """With the words of positions and relations, which are always the same."""
    phrases = read_data("phrases")
    absolute = _index((words, position) for position, rows in phrases["absolute"].items() for words in rows)
    texts = sorted({words for rows in phrases["relative"].values() for words in rows})
    relative = _index((words, relative_phrase(words)) for words in texts)
    keys = [*nouns, *adjectives, *garments, *absolute, *relative]
    words = FUNCTION_WORDS.union(phrases["photo"], *keys)
    return Vocabulary(nouns, adjectives, garments, absolute, relative, words, max(map(len, keys)))


def _index(pairs: Iterable[tuple[str, M]]) -> dict[Words, tuple[M, ...]]:
    """Meanings by their words."""
    index: dict[Words, tuple[M, ...]] = {}
    for text, meaning in pairs:
        index[words_of(text)] = (*index.get(words_of(text), ()), meaning)
    return index
