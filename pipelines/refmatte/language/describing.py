"""Entities in words: nouns, some of their attributes, and both shapes of descriptions.

The colour of a human is that of all pixels, skin and hair among them. "In the rosybrown clothes" would be a guess and
"the rosybrown woman" would speak of skin; so a colour is said of a human only as that of the clothes, where the source
states the clothes with their colour ("black knit").
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeVar

import numpy as np

from pipelines.refmatte.language.checker import noun_holds
from pipelines.refmatte.language.clothes import count_of_clothes, read_clothes
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.grammar import Count, count_of, indefinite, joined, verb
from pipelines.refmatte.language.kinds import names_of
from pipelines.refmatte.language.vocabulary import AGES, GENDERS, Adjective, Noun, adjectives_of, people
from pipelines.refmatte.records import Described

Article = Literal["the", "a", "the other", "another"]
Shape = Literal["before", "after"]
"""Whether attributes come before the noun, or after it in a clause."""

T = TypeVar("T")
SHARE_OF_GENERAL_NOUNS = 0.25
"""Of animals that are called animal or creature, as some are in the paper's figures."""
SHARE_OF_SPECIFIC_NOUNS = 0.6
"""Of humans that are called by a noun of their gender or age, where these are known."""
NEXT_TO_NOUN = ("age", "gender")
"""Attributes that stand right before the noun, in this order: "the salient elderly female person"."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a description says.

    Attributes:
        noun: what the entity is called.
        words: names of attributes and their adjectives, in the order in which they were drawn.
        clothes: as the source states them; None where they are not said.
        human: whether the entity is one.
    """

    noun: str
    words: tuple[tuple[str, str], ...]
    clothes: str | None
    human: bool


def draw_said(entity: Described, least: int, rng: np.random.Generator) -> Said:
    """A noun for an entity, and a part of its attributes: ``least`` or more, all of them if it has fewer."""
    noun = _draw_noun(entity, rng)
    pairs = [*_adjectives(entity, noun, rng), *(pair for pair in entity.attributes if pair[0] == "clothes")]
    count = int(rng.integers(min(least, len(pairs)), len(pairs) + 1))
    drawn = [pairs[index] for index in rng.permutation(len(pairs))[:count]]
    words = tuple(pair for pair in drawn if pair[0] != "clothes")
    return Said(noun.name, words, dict(drawn).get("clothes"), entity.group == "human")


def describe(said: Said, shape: Shape, article: Article, rng: np.random.Generator) -> str:
    """A description; without attributes both shapes are article and noun."""
    count = count_of(said.noun)
    if shape == "after" and (said.words or said.clothes):
        parts = {
            "pronoun": draw(("who" if said.human else "which", "that"), rng),
            "verb": verb(count),
            "attributes": _predicates(said),
        }
    else:
        shape = "before"
        parts = {"attributes": _attributes(said), "clothes": _clothes(said, article, rng)}
    text = _filled(read_data("templates")["description"][shape], article="", noun=said.noun, **parts)
    return f"{_article(article, text, count)} {text}".strip()


def article_after(first: Said, second: Said, definite: bool) -> Article:
    """The article of the second of two descriptions: "the dog near the other dog", if all it says is true of the first
    by what is said of that."""
    same = first.noun == second.noun and {*second.words} <= {*first.words} and second.clothes in (None, first.clothes)
    if same:
        return "the other" if definite else "another"
    return "the" if definite else "a"


def draw(items: Sequence[T], rng: np.random.Generator) -> T:
    """One of the items."""
    return items[int(rng.integers(len(items)))]


def _attributes(said: Said) -> str:
    """Before the noun: "salient and non-transparent elderly female"."""
    listed = [word for name, word in said.words if name not in NEXT_TO_NOUN]
    return " ".join([joined(listed), *(word for name in NEXT_TO_NOUN for own, word in said.words if own == name)])


def _clothes(said: Said, article: Article, rng: np.random.Generator) -> str:
    """After the noun: "wearing the black knit"."""
    if said.clothes is None:
        return ""
    definite = article in ("the", "the other")
    forms = read_data("templates")["clothes"]["definite" if definite else "indefinite"]
    return _dressed(draw(forms, rng), said.clothes)


def _predicates(said: Said) -> str:
    """In a clause: "salient, elderly and dressed in black knit"."""
    words = [word for _, word in said.words]
    if said.clothes is not None:
        words.append(_dressed(read_data("templates")["clothes"]["predicate"], said.clothes))
    return joined(words)


def _dressed(template: str, clothes: str) -> str:
    count = count_of_clothes(read_clothes(clothes).garment)
    return _filled(template, clothes=clothes, indefinite=indefinite(clothes, count))


def _article(article: Article, phrase: str, count: Count) -> str:
    """As it is written before a phrase: "an", "other"."""
    if article == "a":
        return indefinite(phrase, count)
    return "other" if article == "another" and count != "singular" else article


def _filled(template: str, **parts: str) -> str:
    """A template with its parts, some of them empty."""
    return " ".join(template.format(**parts).split())


def _draw_noun(entity: Described, rng: np.random.Generator) -> Noun:
    """Of humans one of Table 2's, as far as gender and age are known; of others the category's, or a general one."""
    if entity.group == "human":
        general, specific = _nouns_of_human(entity)
        return draw(specific if specific and rng.random() < SHARE_OF_SPECIFIC_NOUNS else general, rng)
    if entity.group == "animal" and rng.random() < SHARE_OF_GENERAL_NOUNS:
        return Noun(draw(read_data("nouns")["animals"], rng))
    return Noun(draw(names_of(entity.category), rng))


@lru_cache(maxsize=64)
def _nouns_of_human(human: Described) -> tuple[list[Noun], list[Noun]]:
    """Those of all humans, and those of its gender or age."""
    nouns = [noun for noun in people() if noun.written and noun_holds(noun, human)]
    general = [noun for noun in nouns if noun.genders == GENDERS and len(noun.ages) == len(AGES)]
    return general, [noun for noun in nouns if noun not in general]


def _closest(name: str, value: str) -> list[Adjective]:
    """Of an attribute's adjectives that hold those that hold of least else: a senior is elderly rather than adult."""
    words = [adjective for adjective in adjectives_of(name) if value in adjective.values]
    fewest = min(len(adjective.values) for adjective in words)
    return [adjective for adjective in words if len(adjective.values) == fewest]


def _adjectives(entity: Described, noun: Noun, rng: np.random.Generator) -> list[tuple[str, str]]:
    """Names of an entity's attributes, each with an adjective, but for those that the noun states already."""
    pairs = []
    for name, value in entity.attributes:
        if name == "clothes" or (name == "colour" and entity.group == "human"):
            continue
        word = draw(_closest(name, value), rng)
        stated = {"gender": noun.genders, "age": noun.ages}.get(name)
        if stated is None or not stated <= word.values:
            pairs.append((name, word.word))
    return pairs
