"""Which categories get mattes: one, several or all, by name."""

ALL = "all"
"""In the place of names: every category."""
PEOPLE = frozenset(("person", "people", "human", "man", "woman", "boy", "girl", "child", "pedestrian"))
"""Names of categories that wear and carry things, in small letters."""


def same(name: str, other: str) -> bool:
    """Whether two names are of one category: tools differ in upper and lower case."""
    return name.casefold() == other.casefold()


def split(subject: str) -> tuple[str, ...]:
    """The names in a setting, which has commas between them."""
    return tuple(name.strip() for name in subject.split(",") if name.strip()) or (subject,)


def is_person(name: str) -> bool:
    """Whether a category is people."""
    return name.casefold() in PEOPLE
