"""Which categories are the same, and which may be taken for one another."""

from functools import cache

from pipelines.refmatte.language.data_files import read_data


@cache
def main_name(category: str) -> str:
    """The one of a category's names that stands for all of them: ``couch`` of ``sofa``."""
    for names in read_data("nouns")["synonyms"]:
        if category in names:
            return str(names[0])
    return category


@cache
def names_of(category: str) -> tuple[str, ...]:
    """All names of a category, its own first."""
    for names in read_data("nouns")["synonyms"]:
        if category in names:
            return (category, *(name for name in names if name != category))
    return (category,)


@cache
def kinds_above(category: str) -> frozenset[str]:
    """The category, and all that it is a kind of: a ``wine glass`` is a ``glass``, a ``cup`` and a ``container``."""
    found, waiting = set(), [main_name(category)]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += map(main_name, [*_ends(name), *_listed_kinds(name)])
    return frozenset(found)


@cache
def may_be(category: str, other: str) -> bool:
    """Whether an entity of one category may be called by the other: synonyms, kinds either way, or alike."""
    above, above_other = kinds_above(category), kinds_above(other)
    if main_name(category) in above_other or main_name(other) in above:
        return True
    return any(above & set(group) and above_other & set(group) for group in read_data("nouns")["alike"]["groups"])


def _ends(name: str) -> list[str]:
    """``bag`` of ``mesh bag``: what a compound ends with is what it is a kind of."""
    words = name.split()
    return [" ".join(words[start:]) for start in range(1, len(words))]


def _listed_kinds(name: str) -> list[str]:
    return [kind for kind, names in read_data("nouns")["kinds"].items() if name in names]
