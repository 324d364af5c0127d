"""What entities are called, which group their category is of, and what is said of them."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from pipelines.errors import UserError
from pipelines.refmatte.records import Group

Say = Callable[[str], None]
"""Takes one sentence for people, such as how many entities were left out, and why."""

HUMAN = "human"
"""Category of all people: one name, so that an image with two of them has it twice."""
STATED: Mapping[str, tuple[str, ...]] = {
    "gender": ("male", "female"),
    "age": ("child", "youth", "adult", "senior"),
    "transparent": ("transparent", "non-transparent"),
    "salient": ("salient", "non-salient"),
    "clothes": (),
}
"""What sources may state, and the values they may have; clothes are free. Colours are measured."""

GROUPS: tuple[Group, ...] = get_args(Group)
"""The groups."""


@dataclass(frozen=True, slots=True)
class Named:
    """What an entity is, and what its source says of it; see ``records.Entity``."""

    group: Group
    category: str
    stated: tuple[tuple[str, str], ...] = ()


def silent(sentence: str) -> None:
    """Say nothing."""


def named(category: str, group: str | None = None, stated: Mapping[str, str] | None = None) -> Named | None:
    """From a source's words to an entity's.

    Args:
        category: as the source writes it.
        group: human, animal or object where the source says so; else by the category.
        stated: attributes by name, as the source writes them; those that are empty count for nothing.

    Returns:
        None where the category is no name that tells anything apart, such as "object".

    Raises:
        UserError: an unknown group, attribute or value.
    """
    name = entry_name(category)
    if not name or name in _lists()["nameless"]:
        return None
    found = _group(name) if group is None else group
    if found not in GROUPS:
        raise UserError(f"group {found!r} of {category!r} is none; expected {', '.join(GROUPS)}")
    words = {key: said for key, value in (stated or {}).items() if (said := _within_a_sentence(value or ""))}
    if found == HUMAN:
        words = _lists()["states"].get(name, {}) | words
        name = HUMAN
    return Named(found, name, _checked(words, category))


def entry_name(text: str) -> str:
    """A category's name in lower case with spaces between its words, without what data sets hang on to it.

    ``Wine_glass`` is "wine glass", LVIS' ``bow_(weapon)`` "bow" and COCO's ``tree-merged`` "tree".
    """
    text = re.sub(r"\([^)]*\)", " ", text.casefold().replace("_", " "))
    text = re.sub(r"-(?:merged|other|stuff)\b", " ", text)
    return " ".join(text.split())


def _within_a_sentence(text: str) -> str:
    """In lower case, with single spaces, and without an article, which templates put: "Red dress", "a red dress"."""
    return re.sub(r"^(?:an?|the) ", "", " ".join(text.lower().split()))


def _group(name: str) -> Group:
    lists = _lists()
    return "human" if name in lists["human"] else "animal" if name in lists["animal"] else "object"


def _checked(stated: Mapping[str, str], category: str) -> tuple[tuple[str, str], ...]:
    for name, value in stated.items():
        if name not in STATED:
            raise UserError(f"{category}: {name!r} is no attribute that sources state; expected {', '.join(STATED)}")
        if STATED[name] and value not in STATED[name]:
            raise UserError(f"{category}: {name} is {value!r}, expected {', '.join(STATED[name])}")
    return tuple((name, stated[name]) for name in STATED if name in stated)


@cache
def _lists() -> dict[str, Any]:
    raw = tomllib.loads((files(__package__) / "data" / "groups.toml").read_text("utf-8"))
    return {name: value if isinstance(value, dict) else frozenset(value) for name, value in raw.items()}
