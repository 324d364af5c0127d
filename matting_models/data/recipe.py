"""Several sources in one TOML file.

[[train]]
kind = "manifest"
manifest = "out/manifest"
images = "train2017"
weight = 2.0

[[train]]
kind = "composite"
foregrounds = "distinctions-646/fg"
alphas = "distinctions-646/alpha"
backgrounds = "voc2012"

[[validation]]
kind = "pairs"
images = "am-2k/validation/original"
alphas = "am-2k/validation/mask"
"""

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matting_models.data.composite_source import CompositeSource
from matting_models.data.manifest_source import ManifestSource
from matting_models.data.pairs_source import PairsSource
from matting_models.data.sample import Source
from matting_models.errors import InputError, MissingError

_KINDS: dict[str, tuple[Callable[..., Source], tuple[str, ...], tuple[str, ...]]] = {
    "manifest": (ManifestSource, ("manifest", "images"), ()),
    "pairs": (PairsSource, ("images", "alphas"), ("trimaps",)),
    "composite": (CompositeSource, ("foregrounds", "alphas", "backgrounds"), ()),
}
"""Kind to: what opens it, folders it needs, folders it may have."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train and validate on.

    Attributes:
        training: sources and their weights; a source of weight 2 is drawn from twice as often as one of 1.
        validation: sources; empty if the file names none.
    """

    training: list[tuple[Source, float]]
    validation: list[Source]


def read_recipe(path: Path) -> Recipe:
    """Read a recipe and open its sources.

    Args:
        path: the TOML file; relative folders in it are relative to it.

    Raises:
        MissingError: the file, or a folder it names, does not exist.
        InputError: not TOML, or a table, key or value that is not expected.
    """
    content = _parse(path)
    unknown = sorted(content.keys() - {"train", "validation"})
    if unknown:
        raise InputError(f"{path}: unknown key {unknown[0]!r}, expected [[train]] and [[validation]]")
    for section in ("train", "validation"):
        tables = content.get(section, [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise InputError(f"{path}: {section} is no list of tables; write [[{section}]]")
    if not content.get("train"):
        raise InputError(f"{path} has no [[train]] table")
    training = []
    for number, table in enumerate(content["train"], 1):
        where = f"{path}: [[train]] {number}"
        training.append((_open(table, where, path.parent, ("weight",)), _weight(table, where)))
    validation = [
        _open(table, f"{path}: [[validation]] {number}", path.parent, ())
        for number, table in enumerate(content.get("validation", []), 1)
    ]
    return Recipe(training, validation)


def _parse(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"recipe {path} does not exist") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not TOML: {error}") from None


def _open(table: dict[str, Any], where: str, root: Path, more: tuple[str, ...]) -> Source:
    kind = table.get("kind")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise InputError(f"{where}: kind is {kind!r}, expected {', '.join(map(repr, _KINDS))}")
    make, needed, possible = _KINDS[kind]
    unknown = sorted(table.keys() - {"kind", *needed, *possible, *more})
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}, expected {', '.join((*needed, *possible, *more))}")
    missing = [key for key in needed if key not in table]
    if missing:
        raise InputError(f"{where}: {kind} needs {missing[0]!r}")
    folders = {key: table[key] for key in (*needed, *possible) if key in table}
    for key, value in folders.items():
        if not isinstance(value, str):
            raise InputError(f"{where}: {key} is {value!r}, expected a folder")
    return make(**{key: root / value for key, value in folders.items()})


def _weight(table: dict[str, Any], where: str) -> float:
    weight = table.get("weight", 1.0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 < weight < float("inf"):
        raise InputError(f"{where}: weight is {weight!r}, expected a number above 0")
    return float(weight)
