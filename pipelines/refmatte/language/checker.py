"""Of which entities of an image a text holds, and of which it may: proof that an expression fits one alone."""

from collections.abc import Iterable

from pipelines.refmatte.language.clothes import Clothes, garments_alike, read_clothes
from pipelines.refmatte.language.colours import alike_colours, css_colours
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.kinds import kinds_above, main_name, may_be
from pipelines.refmatte.language.parser import Description, Reading, parse
from pipelines.refmatte.language.vocabulary import AGES, Adjective, Noun, RelativePhrase, vocabulary_of
from pipelines.refmatte.records import Described, Fact, Scene


def referents(text: str, scene: Scene) -> tuple[frozenset[int], frozenset[int]]:
    """Numbers of the entities of which a text holds, and of those of which it may hold.

    It holds of an entity if it does in one of its readings, and may hold likewise. What holds is so by the plain
    meaning of all words and by what is known; what may hold allows for colours that look alike, categories that are
    taken for one another, ages one group off, and anything that is not known.

    Raises:
        UnknownWords: words are neither in the vocabulary nor categories or clothes of the scene.
        NotUnderstood: it is no expression.
    """
    readings = parse(text, vocabulary_of(scene.entities))
    holds, may_hold = (
        frozenset(number for reading in readings for number in _fitting(reading, scene, strict))
        for strict in (True, False)
    )
    return holds, holds | may_hold


def _fitting(reading: Reading, scene: Scene, strict: bool) -> list[int]:
    """Numbers of the entities that fit a reading: plainly, or not ``strict``, by all that may be."""
    found = [entity.number for entity in scene.entities if _described(reading.subject, entity, strict)]
    if reading.position is not None:
        positions = scene.positions if strict else scene.positions | scene.possible_positions
        return [number for number in found if (number, reading.position) in positions]
    if reading.relation is None or reading.other is None:
        return found
    others = [entity.number for entity in scene.entities if _described(reading.other, entity, strict)]
    return [number for number in found if _related(number, reading.relation, others, scene, strict)]


def _related(number: int, phrase: RelativePhrase, others: Iterable[int], scene: Scene, strict: bool) -> bool:
    """Whether an entity stands in the relation to one of the others."""
    if strict:
        facts = [Fact(number, relation, other) for relation in phrase.relations for other in others]
        return any(fact in scene.facts and not (phrase.adjacent and has_between(fact, scene)) for fact in facts)
    possible = scene.facts | scene.possible_facts
    return any(Fact(number, relation, other) in possible for relation in phrase.possible for other in others)


def has_between(fact: Fact, scene: Scene) -> bool:
    """Whether a third entity may be between the two."""
    possible = scene.facts | scene.possible_facts
    return any(
        Fact(fact.subject, fact.relation, entity.number) in possible
        and Fact(entity.number, fact.relation, fact.other) in possible
        for entity in scene.entities
    )


def _described(description: Description, entity: Described, strict: bool) -> bool:
    attributes = dict(entity.attributes)
    return (
        (noun_holds if strict else _noun_may_hold)(description.noun, entity)
        and all(_has(adjective, entity, strict) for adjective in description.adjectives)
        and (description.clothes is None or _wears(description.clothes, attributes.get("clothes"), strict))
    )


def noun_holds(noun: Noun, entity: Described) -> bool:
    """Whether an entity is plainly what the noun says."""
    if noun.category is not None:
        return noun.category == main_name(entity.category)
    attributes = dict(entity.attributes)
    return noun.group == entity.group and all(
        len(values) == len(every) or attributes.get(name) in values
        for name, values, every in (("gender", noun.genders, ("female", "male")), ("age", noun.ages, AGES))
    )


def _noun_may_hold(noun: Noun, entity: Described) -> bool:
    """Whether a viewer could call an entity so."""
    if noun.category is not None:
        both_human = noun.group == entity.group == "human"
        return both_human or may_be(noun.category, entity.category)
    attributes = dict(entity.attributes)
    if noun.group == entity.group:
        return _may_be_among(attributes.get("gender"), noun.genders) and _may_be_among(
            attributes.get("age"), _widened(noun.ages)
        )
    alike = {"human": read_data("people")["alike"]["categories"], "animal": read_data("nouns")["animals_alike"]}
    return bool(kinds_above(entity.category) & set(alike.get(noun.group or "", ())))


def _has(adjective: Adjective, entity: Described, strict: bool) -> bool:
    """Whether an entity has the attribute.

    The colour of a human is that of skin, hair and clothes together: no colour word holds of a human as such, and any
    may.
    """
    value = dict(entity.attributes).get(adjective.attribute)
    if value is None or (entity.group == "human" and adjective.attribute == "colour"):
        return not strict
    if adjective.attribute == "colour":
        return _has_colour(value, adjective.word, strict)
    return value in (adjective.values if strict else _widened(adjective.values))


def _wears(said: Clothes, stated: str | None, strict: bool) -> bool:
    """Whether the clothes are those that are stated."""
    if stated is None:
        return not strict
    clothes = read_clothes(stated)
    if strict:
        return said.garment == clothes.garment and said.colour in (None, clothes.colour)
    alike = said.colour is None or clothes.colour is None or _has_colour(clothes.colour, said.colour, strict)
    return alike and garments_alike(said.garment, clothes.garment)


def _has_colour(colour: str, said: str, strict: bool) -> bool:
    """Whether a colour has the name: aqua is cyan; gray may be silver."""
    return css_colours()[colour] == css_colours()[said] if strict else said in alike_colours()[colour]


def _may_be_among(value: str | None, values: frozenset[str]) -> bool:
    return value is None or value in values


def _widened(values: frozenset[str]) -> frozenset[str]:
    """Ages and those next to them; other values as they are."""
    ages = [AGES.index(value) for value in values if value in AGES]
    return values | {AGES[index] for age in ages for index in (age - 1, age + 1) if 0 <= index < len(AGES)}
