"""Expressions for the entities of an image: drawn, and written only if the checker finds that they fit one alone."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pipelines.refmatte.language.checker import has_between, referents
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.describing import Article, Shape, article_after, describe, draw, draw_said
from pipelines.refmatte.language.vocabulary import relative_phrase
from pipelines.refmatte.records import Described, Expression, Fact, Scene

TRIES = 24
"""Most drafts of an expression. On 300 random scenes they write 2,675 of the 2,676 that 200 do."""
TRIES_PER_ATTRIBUTE = 4
"""After so many drafts that do not fit, one attribute more is said at least."""


def write_expressions(scene: Scene, rng: np.random.Generator) -> dict[int, list[Expression]]:
    """Up to four expressions for each entity, by its number: basic, absolute, relative-1 and relative-2.

    None that may hold of another entity as well, in any of its readings, is written.
    """
    return {entity.number: _write_for(_Target(scene, entity), rng) for entity in scene.entities}


@dataclass(frozen=True, slots=True)
class _Target:
    scene: Scene
    entity: Described


_Draft = Callable[[_Target, int, np.random.Generator], Expression | None]


def _write_for(target: _Target, rng: np.random.Generator) -> list[Expression]:
    written = (_first_fitting(draft, target, rng) for draft in (_basic, _absolute, _relative_1, _relative_2))
    return [expression for expression in written if expression is not None]


def _first_fitting(draft: _Draft, target: _Target, rng: np.random.Generator) -> Expression | None:
    number = frozenset({target.entity.number})
    for attempt in range(TRIES):
        expression = draft(target, attempt // TRIES_PER_ATTRIBUTE, rng)
        if expression is not None and referents(expression.text, target.scene) == (number, number):
            return expression
    return None


def _basic(target: _Target, least: int, rng: np.random.Generator) -> Expression:
    """The paper's forms for humans have their attributes before the noun; for others they have both shapes."""
    said = draw_said(target.entity, max(least, 1), rng)
    shape: Shape = "before" if said.clothes else draw(("before", "after"), rng)
    return Expression("basic", describe(said, shape, "the", rng))


def _absolute(target: _Target, least: int, rng: np.random.Generator) -> Expression | None:
    """None if nothing is known of where the entity is."""
    positions = sorted(position for number, position in target.scene.positions if number == target.entity.number)
    if not positions:
        return None
    position, said = draw(positions, rng), draw_said(target.entity, max(least, 1), rng)
    words = draw(read_data("phrases")["absolute"][position], rng)
    text = read_data("templates")["position"]["absolute"].format(
        subject=describe(said, draw(("before", "after"), rng), _draw_article(rng), rng),
        words=words,
        photo=draw(read_data("phrases")["photo"], rng),
    )
    return Expression("absolute", text, position, words)


def _relative_1(target: _Target, least: int, rng: np.random.Generator) -> Expression | None:
    return _relative(target, "before", least, rng)


def _relative_2(target: _Target, least: int, rng: np.random.Generator) -> Expression | None:
    return _relative(target, "after", least, rng)


def _relative(target: _Target, shape: Shape, least: int, rng: np.random.Generator) -> Expression | None:
    """None if the entity has no relation, or the noun that is drawn leaves no attribute to say after it."""
    facts = sorted(
        (fact for fact in target.scene.facts if fact.subject == target.entity.number),
        key=lambda fact: (fact.other, fact.relation),
    )
    said = draw_said(target.entity, max(least, 1), rng)
    if not facts or (shape == "after" and not (said.words or said.clothes)):
        return None
    fact = draw(facts, rng)
    words = draw(_phrases(fact, target.scene), rng)
    second = draw_said(next(one for one in target.scene.entities if one.number == fact.other), least, rng)
    text = read_data("templates")["position"]["relative"].format(
        subject=describe(said, shape, _draw_article(rng), rng),
        words=words,
        other=describe(second, shape, article_after(said, second, bool(rng.integers(2))), rng),
    )
    return Expression("relative-1" if shape == "before" else "relative-2", text, fact.relation, words, fact.other)


def _phrases(fact: Fact, scene: Scene) -> list[str]:
    """How the relation may be put: not as "next to" with another entity between."""
    phrases = read_data("phrases")["relative"][fact.relation]
    return [words for words in phrases if not (relative_phrase(words).adjacent and has_between(fact, scene))]


def _draw_article(rng: np.random.Generator) -> Article:
    return draw(("the", "a"), rng)
