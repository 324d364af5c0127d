"""How rich expressions are, in the columns of the paper's Table 5."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipelines.refmatte.language.clothes import Clothes
from pipelines.refmatte.language.parser import Description, parse
from pipelines.refmatte.language.vocabulary import Vocabulary
from pipelines.refmatte.records import Expression


@dataclass(frozen=True, slots=True)
class LanguageStatistics:
    """Of many expressions.

    Attributes:
        texts: how many.
        attributes: distinct words for attributes: adjectives, colours, clothes.
        relations: distinct phrases of positions and relations.
        mean_words: words per text; 0 without texts.
    """

    texts: int
    attributes: int
    relations: int
    mean_words: float


def language_statistics(expressions: Iterable[Expression], vocabulary: Vocabulary) -> LanguageStatistics:
    """Statistics of expressions; the vocabulary is that of all their entities.

    Raises:
        UnknownWords: the vocabulary lacks words of a text.
        NotUnderstood: a text is no expression.
    """
    texts, words, attributes, relations = 0, 0, set[str](), set[str]()
    for expression in expressions:
        texts, words = texts + 1, words + len(expression.text.split())
        reading = parse(expression.text, vocabulary)[0]
        attributes |= _attributes(reading.subject) | (_attributes(reading.other) if reading.other else set())
        relations |= {expression.words} if expression.words else set()
    return LanguageStatistics(texts, len(attributes), len(relations), words / texts if texts else 0.0)


def _attributes(description: Description) -> set[str]:
    words = {adjective.word for adjective in description.adjectives}
    return words | (_of_clothes(description.clothes) if description.clothes else set())


def _of_clothes(clothes: Clothes) -> set[str]:
    return {clothes.garment} | ({clothes.colour} if clothes.colour else set())
