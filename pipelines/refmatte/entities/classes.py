"""What the pictures of a public set show, where its publishers do not say: a file beside them that a user writes."""

import codecs
import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import UserError
from pipelines.refmatte.entities.names import STATED, Named, named
from pipelines.storage.files import read_whole

FILES = ("classes.json", "classes.csv")
"""Names of the file; the first that is there is taken."""
WORDS = ("category", "group", *STATED)
"""What is said of a picture."""


class Classes:
    """Categories and attributes by the pictures' names, without endings.

    Args:
        entries: for each name what is said of it, by ``WORDS``.
        source: for messages.
        default: category of pictures that have none.
    """

    def __init__(self, entries: Mapping[str, Mapping[str, str]], source: Path, default: str = "") -> None:
        self._entries, self._source, self._default = entries, source, default

    def of(self, name: str) -> Named | None:
        """What a picture shows; None where nobody says.

        Raises:
            UserError: what is said cannot be.
        """
        said = dict(self._entries.get(name, {}))
        category, group = said.pop("category", "") or self._default, said.pop("group", "") or None
        try:
            return named(category, group, said)
        except UserError as error:
            raise UserError(f"{self._source}: {name}: {error}") from None


def read_classes(folder: Path, default: str = "") -> Classes:
    """Read ``classes.json`` or ``classes.csv`` of a folder; without one all pictures have the default.

    The JSON is an object: from a picture's name without its ending to a category, or to an object with ``category``
    and, where they are known, ``group``, ``gender``, ``age``, ``clothes``, ``transparent`` and ``salient``. The CSV has
    a header with ``name`` and some of these.

    Raises:
        UserError: the file is not like that.
    """
    for name in FILES:
        path = folder / name
        try:
            content = read_whole(path)
        except (FileNotFoundError, NotADirectoryError):
            continue
        rows = _of_json(content, path) if name.endswith("json") else _of_csv(content, path)
        return Classes(dict(rows), path, default)
    return Classes({}, folder, default)


def _of_json(content: bytes, path: Path) -> Iterable[tuple[str, dict[str, str]]]:
    try:
        raw = orjson.loads(content.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise UserError(f"{path}: is no JSON ({error})") from None
    if not isinstance(raw, dict):
        raise UserError(f"{path}: is a JSON {type(raw).__name__}, expected an object of categories by pictures' names")
    return [(name, _said(name, entry, path)) for name, entry in raw.items()]


def _said(name: str, entry: Any, path: Path) -> dict[str, str]:
    said = {"category": entry} if isinstance(entry, str) else entry
    if not isinstance(said, dict) or not all(isinstance(value, str) for value in said.values()):
        raise UserError(f"{path}: {name} is {entry!r:.80}, expected a category, or texts by {', '.join(WORDS)}")
    _check(said, path)
    return said


def _of_csv(content: bytes, path: Path) -> Iterable[tuple[str, dict[str, str]]]:
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    except (UnicodeDecodeError, csv.Error) as error:
        raise UserError(f"{path}: is no CSV in UTF-8 ({error})") from None
    found = []
    for line, row in enumerate(rows, start=2):
        if None in row or None in row.values():
            raise UserError(f"{path}: line {line} has another number of fields than the header")
        name = row.pop("name", "")
        if not name:
            raise UserError(f"{path}: line {line} has no name, expected a header with name and {', '.join(WORDS)}")
        _check(row, path)
        found.append((name, row))
    return found


def _check(said: Iterable[str], path: Path) -> None:
    for word in said:
        if word not in WORDS:
            raise UserError(f"{path}: {word!r} is not known, expected some of name, {', '.join(WORDS)}")
