"""English grammar of nouns: articles by sound, number, verbs, and lists of attributes."""

from collections.abc import Sequence
from typing import Literal

from pipelines.refmatte.language.data_files import read_data

Count = Literal["singular", "plural", "mass"]


def count_of(noun: str) -> Count:
    """How a noun of one or several words is counted: ``a cat``, ``leaves``, ``smoke``."""
    nouns, last = read_data("nouns"), noun.split()[-1]
    if noun in nouns["counted"]:
        return "singular"
    if noun in nouns["mass"] or last in nouns["mass"]:
        return "mass"
    if last in nouns["plural"]:
        return "plural"
    ends_in_s = last.endswith("s") and not last.endswith(("ss", "us", "is", "os"))
    return "plural" if ends_in_s and last not in nouns["singular_in_s"] else "singular"


def indefinite(phrase: str, count: Count) -> str:
    """The article before a phrase: ``a`` or ``an`` by the sound that it begins with; none for ``leaves``, ``smoke``."""
    if count != "singular":
        return ""
    data, word = read_data("articles"), phrase.split()[0]
    if word in data["an"] or word.startswith(tuple(data["an_prefixes"])):
        return "an"
    if word in data["a"] or word.startswith(tuple(data["a_prefixes"])):
        return "a"
    return "an" if word[0] in "aeiou" else "a"


def verb(count: Count) -> str:
    """``is`` or ``are``."""
    return "are" if count == "plural" else "is"


def joined(words: Sequence[str]) -> str:
    """``peru``; ``peru and salient``; ``peru, salient and non-transparent``."""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)
