"""Foregrounds with a manifest beside them, as the studio renders them or others make them."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.config import plain_name
from pipelines.errors import UserError
from pipelines.refmatte.entities.names import Named, Say, named
from pipelines.refmatte.entities.tally import Tally
from pipelines.refmatte.records import Entity, Rights
from pipelines.storage.damage import readable
from pipelines.storage.files import is_local
from pipelines.storage.manifest import open_part, part_paths
from pipelines.storage.safe_paths import ImageProblem, safe_path

_URLS = {
    "CC0-1.0": "https://creativecommons.org/publicdomain/zero/1.0/",
    "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/",
    "CC-BY-SA-4.0": "https://creativecommons.org/licenses/by-sa/4.0/",
}
"""Where the text of a licence is."""
NEEDED = ("file", "kind", "licence")
"""Columns that every manifest of foregrounds has."""
_ATTRIBUTES = pa.list_(pa.struct([("name", pa.string()), ("value", pa.string())]))
_TYPES: Mapping[str, pa.DataType] = {
    **dict.fromkeys((*NEEDED, "category", "group", "parameters"), pa.string()),
    "attributes": _ATTRIBUTES,
}


def read_foregrounds(folder: Path, say: Say) -> list[Entity]:
    """RGBA pictures with straight alpha, below a folder with ``manifest/part-*.parquet``.

    Its columns are ``file`` (below the folder), ``kind`` and ``licence``. What a picture shows is said by ``category``
    and, where they are there, ``group`` and ``attributes`` (name and value); without a category by the kind, which is
    one of the studio's, and its ``parameters``.

    Raises:
        UserError: there is no manifest, or it lacks a column or says what cannot be.
    """
    parts = part_paths(folder / "manifest")
    if not parts:
        raise UserError(f"{folder}: no manifest/part-*.parquet found, expected a folder that make foregrounds wrote")
    tally = Tally(folder, say)
    dataset = plain_name((folder.resolve() if is_local(folder) else folder).name)
    entities = []
    for row in _rows(folder, parts):
        name = _named(row, folder)
        if name is None:
            tally.leave_out(f"are of kind {row['kind']!r} and without a category")
            continue
        entities.append(_entity(row, name, folder, dataset))
    tally.tell()
    return entities


def _rows(folder: Path, parts: list[Path]) -> Iterator[dict[str, Any]]:
    for part in parts:
        with readable(folder):
            table = pq.read_table(open_part(part))
        if lacking := [name for name in NEEDED if name not in table.column_names]:
            raise UserError(f"{part}: lacks the column {lacking[0]}, expected {', '.join(NEEDED)}")
        kept = [_column(table, name, part) for name in _TYPES if name in table.column_names]
        yield from pa.table(kept, [name for name in _TYPES if name in table.column_names]).to_pylist()


def _column(table: pa.Table, name: str, part: Path) -> pa.ChunkedArray:
    """A column in the type that is expected; texts may be encoded in several ways."""
    column = table[name]
    try:
        return column.cast(_TYPES[name])
    except pa.ArrowException:
        raise UserError(f"{part}: column {name} is {column.type}, expected {_TYPES[name]}") from None


def _entity(row: Mapping[str, Any], name: Named, folder: Path, dataset: str) -> Entity:
    try:
        path = safe_path(folder, row["file"] or "")
    except ImageProblem as problem:
        raise UserError(f"{folder}: {problem.detail}") from None
    identity = f"{dataset}/{Path(row['file']).as_posix()}"
    rights = Rights(row["licence"], _URLS.get(row["licence"]))
    return Entity(identity, dataset, name.group, name.category, path, None, True, identity, None, name.stated, rights)


def _named(row: Mapping[str, Any], folder: Path) -> Named | None:
    try:
        if row.get("category"):
            stated = {item["name"]: item["value"] for item in row.get("attributes") or () if item}
            return named(row["category"], row.get("group") or None, stated)
        return _by_kind(row["kind"], _subject(row.get("parameters") or "{}"))
    except (UserError, orjson.JSONDecodeError) as error:
        raise UserError(f"{folder}: {row['file']}: {error}") from None


def _subject(parameters: str) -> dict[str, Any]:
    """What the studio built; nothing where the parameters are of somebody else."""
    given = orjson.loads(parameters)
    subject = given.get("subject") if isinstance(given, dict) else None
    return subject if isinstance(subject, dict) else {}


def _by_kind(kind: str, subject: Mapping[str, Any]) -> Named | None:
    rules = _kinds().get(kind)
    if rules is None:
        return None
    what = str(subject.get(rules.get("by", ""), ""))
    category = rules.get("category") or rules.get("categories", {}).get(what, what)
    values = rules.get("values", {})
    said = {name: str(subject.get(key, "")) for name, key in rules.get("states", {}).items()}
    stated = {name: values.get(value, value) for name, value in said.items()}
    return named(category, rules.get("groups", {}).get(what, rules["group"]), stated | rules.get("stated", {}))


@cache
def _kinds() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files(__package__) / "data" / "kinds.toml").read_text("utf-8"))
