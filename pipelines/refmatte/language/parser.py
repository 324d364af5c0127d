"""The meanings of an expression, from its text alone.

The grammar, where each choice is tried, so that an ambiguous text has several readings::

    expression  = description [position "the" photo | relation description]
    description = [article] [adjectives] noun [modifier]
    modifier    = pronoun verb predicate {separator predicate} | ("with" | "wearing" | "in") clothes
    predicate   = adjective | "dressed in" clothes
    clothes     = [article] [colour] garment

A modifier at the end of a relation's second description may as well belong to the first: of "the woman near the man in
the black knit" either may wear it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pipelines.errors import UserError
from pipelines.refmatte.language.clothes import Clothes
from pipelines.refmatte.language.data_files import read_data
from pipelines.refmatte.language.grammar import count_of, verb
from pipelines.refmatte.language.vocabulary import Adjective, Noun, RelativePhrase, Vocabulary, Words, words_of
from pipelines.refmatte.records import Position

M = TypeVar("M")
ARTICLES: tuple[Words, ...] = (("the", "other"), ("the",), ("an",), ("a",), ("another",), ("other",))
SEPARATORS: tuple[Words, ...] = ((",", "and"), (",",), ("and",))
PRONOUNS = ("who", "which", "that")


class UnknownWords(UserError):
    """A text has words that are not in the vocabulary.

    Attributes:
        words: those, in order.
    """

    def __init__(self, text: str, words: tuple[str, ...]) -> None:
        super().__init__(f"{text!r}: unknown words {', '.join(words)}; expected those of expressions")
        self.words = words


class NotUnderstood(UserError):
    """A text of known words that is no expression."""


@dataclass(frozen=True, slots=True)
class Description:
    """An entity in words.

    Attributes:
        article: the, a, an, the other, another or other; empty without one.
        noun, adjectives: in the order of the text.
        clothes: None where none are named.
    """

    article: str
    noun: Noun
    adjectives: tuple[Adjective, ...] = ()
    clothes: Clothes | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What an expression says: of whom, and either where in the image or how to whom; neither in basic ones."""

    subject: Description
    position: Position | None = None
    relation: RelativePhrase | None = None
    other: Description | None = None


@dataclass(frozen=True, slots=True)
class _Modifier:
    """What follows a noun; ``pronoun`` and ``verb`` are empty for clothes alone."""

    pronoun: str
    verb: str
    adjectives: tuple[Adjective, ...] = ()
    clothes: Clothes | None = None


def parse(text: str, vocabulary: Vocabulary) -> tuple[Reading, ...]:
    """All readings of a text, each once; capitals are no matter.

    Raises:
        UnknownWords: it has words that the vocabulary lacks.
        NotUnderstood: it has no reading.
    """
    words = words_of(text)
    unknown = tuple(word for word in words if word not in vocabulary.words)
    if unknown:
        raise UnknownWords(text, unknown)
    readings = tuple(dict.fromkeys(_Parser(words, vocabulary).expressions()))
    if not readings:
        raise NotUnderstood(f"{text!r}: not understood, expected, say, 'the black dog to the left of the woman'")
    return readings


class _Parser:
    """Its methods yield whatever may begin at a word, each with the number of the word after it."""

    def __init__(self, words: Words, vocabulary: Vocabulary) -> None:
        self.words = words
        self.vocabulary = vocabulary

    def expressions(self) -> Iterator[Reading]:
        end = len(self.words)
        for subject, at in self.described(0):
            if at == end:
                yield Reading(subject)
            for position, after in self.meanings(self.vocabulary.absolute, at):
                if self.words[after:] in {("the", photo) for photo in read_data("phrases")["photo"]}:
                    yield Reading(subject, position)
            for relation, after in self.meanings(self.vocabulary.relative, at):
                yield from (Reading(subject, None, relation, other) for other in self.last(self.described(after)))
        yield from self.attached_high()

    def attached_high(self) -> Iterator[Reading]:
        """Readings in which the last modifier is of the first description."""
        for subject, at in self.bare(0):
            for relation, after in self.meanings(self.vocabulary.relative, at):
                for other, modifier_at in self.bare(after):
                    for modifier in self.last(self.modifiers(modifier_at)):
                        if _fits(subject.noun, modifier):
                            yield Reading(_modified(subject, modifier), None, relation, other)

    def last(self, found: Iterator[tuple[M, int]]) -> Iterator[M]:
        """Of what is found, that which ends with the text."""
        return (meaning for meaning, after in found if after == len(self.words))

    def described(self, at: int) -> Iterator[tuple[Description, int]]:
        for description, after in self.bare(at):
            yield description, after
            for modifier, end in self.modifiers(after):
                if _fits(description.noun, modifier):
                    yield _modified(description, modifier), end

    def bare(self, at: int) -> Iterator[tuple[Description, int]]:
        """Descriptions without a modifier."""
        article, at = self.article(at)
        for adjectives, after in self.adjectives(at):
            for noun, end in self.meanings(self.vocabulary.nouns, after):
                yield Description(article, noun, adjectives), end

    def article(self, at: int) -> tuple[str, int]:
        for article in ARTICLES:
            if self.words[at : at + len(article)] == article:
                return " ".join(article), at + len(article)
        return "", at

    def adjectives(self, at: int) -> Iterator[tuple[tuple[Adjective, ...], int]]:
        """None or more, with or without separators."""
        yield (), at
        for adjective, after in self.meanings(self.vocabulary.adjectives, at):
            for start in (after, *self.separated(after)):
                yield from (((adjective, *others), end) for others, end in self.adjectives(start))

    def separated(self, at: int) -> Iterator[int]:
        for separator in SEPARATORS:
            if self.words[at : at + len(separator)] == separator:
                yield at + len(separator)

    def modifiers(self, at: int) -> Iterator[tuple[_Modifier, int]]:
        match self.words[at : at + 2]:
            case ("with" | "wearing" | "in", _):
                yield from ((_Modifier("", "", (), clothes), after) for clothes, after in self.clothes(at + 1))
            case (pronoun, "is" | "are" as form) if pronoun in PRONOUNS:
                yield from self.predicates(_Modifier(pronoun, form), at + 2)

    def predicates(self, before: _Modifier, at: int) -> Iterator[tuple[_Modifier, int]]:
        """One or more predicates, added to those before."""
        found = [
            (replace(before, adjectives=(*before.adjectives, adjective)), after)
            for adjective, after in self.meanings(self.vocabulary.adjectives, at)
        ]
        if before.clothes is None and self.words[at : at + 2] == ("dressed", "in"):
            found += [(replace(before, clothes=clothes), after) for clothes, after in self.clothes(at + 2)]
        for modifier, after in found:
            yield modifier, after
            for start in self.separated(after):
                yield from self.predicates(modifier, start)

    def clothes(self, at: int) -> Iterator[tuple[Clothes, int]]:
        _, at = self.article(at)
        yield from ((Clothes(garment), after) for garment, after in self.meanings(self.vocabulary.garments, at))
        for adjective, after in self.meanings(self.vocabulary.adjectives, at):
            if adjective.attribute == "colour":
                for garment, end in self.meanings(self.vocabulary.garments, after):
                    yield Clothes(garment, adjective.word), end

    def meanings(self, lexicon: Mapping[Words, tuple[M, ...]], at: int) -> Iterator[tuple[M, int]]:
        """Of all entries that begin at the word, the longest first."""
        for after in range(min(len(self.words), at + self.vocabulary.longest), at, -1):
            yield from ((meaning, after) for meaning in lexicon.get(self.words[at:after], ()))


def _fits(noun: Noun, modifier: _Modifier) -> bool:
    """Whether a noun may have the modifier: who of humans, which of all else; is or are; clothes of humans."""
    human = noun.group == "human"
    if modifier.verb and modifier.verb != verb(count_of(noun.name)):
        return False
    if modifier.clothes is not None and not human:
        return False
    return modifier.pronoun != ("which" if human else "who")


def _modified(description: Description, modifier: _Modifier) -> Description:
    return replace(description, adjectives=(*description.adjectives, *modifier.adjectives), clothes=modifier.clothes)
