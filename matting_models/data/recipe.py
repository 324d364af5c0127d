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
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from matting_models.data.composite_source import CompositeSource
from matting_models.data.drawn_source import DrawnEdgesSource
from matting_models.data.foreground_source import ForegroundSource
from matting_models.data.in_context_source import InContextSource
from matting_models.data.manifest_source import ManifestSource
from matting_models.data.masks_source import MasksSource
from matting_models.data.pairs_source import PairsSource
from matting_models.data.refmatte_source import RefMatteSource
from matting_models.data.sample import Source
from matting_models.data.truth_source import TruthSource
from matting_models.errors import InputError, MissingError
from pipelines.review.selection import CHOICES


@dataclass(frozen=True, slots=True)
class _Key:
    """A key of a table: what reads its value (None for one that will not do), and what that should be."""

    read: Callable[[Any, Path], Any]
    expected: str
    needed: bool = True


def _path(value: Any, root: Path) -> Path | None:
    return root / value if isinstance(value, str) else None


def _paths(value: Any, root: Path) -> list[Path] | None:
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
        return None
    return [root / name for name in names]


def _positive(value: Any, root: Path) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and 0 < value < float("inf") else None


def _reviewed(value: Any, root: Path) -> str | None:
    return value if value in CHOICES else None


def _split(value: Any, root: Path) -> str | None:
    return value if value in ("train", "test") else None


def _setting(value: Any, root: Path) -> str | None:
    return value if value in ("keyword", "expression") else None


def _gca(value: Any, root: Path) -> bool | None:
    return True if value == "gca" else None


def _composite(foregrounds: Path, backgrounds: list[Path], alphas: Path | None = None, augment: bool = False) -> Source:
    if alphas is None:
        return ForegroundSource(foregrounds, backgrounds, gca=augment)
    return CompositeSource(foregrounds, alphas, *backgrounds, gca=augment)


_FOLDER = _Key(_path, "a folder")
_FILE = _Key(_path, "a file")
_FOLDERS = _Key(_paths, "a folder or a list of folders")
_REVIEWED = _Key(_reviewed, f"one of {', '.join(CHOICES)}", needed=False)
_AUGMENT = _Key(_gca, '"gca"', needed=False)
_NUMBER = _Key(_positive, "a number above 0", needed=False)
_SPLIT = _Key(_split, '"train" or "test"', needed=False)
_SETTING = _Key(_setting, '"keyword" or "expression"', needed=False)

_KINDS: dict[str, tuple[Callable[..., Source], dict[str, _Key]]] = {
    "manifest": (ManifestSource, {"manifest": _FOLDER, "images": _FOLDER, "reviewed": _REVIEWED}),
    "pairs": (PairsSource, {"images": _FOLDER, "alphas": _FOLDER, "trimaps": replace(_FOLDER, needed=False)}),
    "composite": (
        _composite,
        {
            "foregrounds": _FOLDER,
            "backgrounds": _FOLDERS,
            "alphas": replace(_FOLDER, needed=False),
            "augment": _AUGMENT,
        },
    ),
    "drawn-edges": (
        DrawnEdgesSource,
        {"annotations": _FILE, "images": _FOLDER, "backgrounds": _FOLDERS, "min_area": _NUMBER},
    ),
    "masks": (MasksSource, {"annotations": _FILE, "images": _FOLDER, "min_area": _NUMBER, "band": _NUMBER}),
    "truth": (TruthSource, {"annotations": _FILE, "images": _FOLDER, "truth": _FOLDER}),
    "in-context": (
        InContextSource,
        {
            "images": _FOLDER,
            "alphas": _FOLDER,
            "trimaps": replace(_FOLDER, needed=False),
            "classes": replace(_FILE, needed=False),
        },
    ),
    "refmatte": (RefMatteSource, {"root": _FOLDER, "split": _SPLIT, "setting": _SETTING}),
}
"""Kind to: what opens it, and its keys."""


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
    make, keys = _KINDS[kind]
    unknown = sorted(table.keys() - {"kind", *keys, *more})
    if unknown:
        raise InputError(f"{where}: unknown key {unknown[0]!r}, expected {', '.join((*keys, *more))}")
    missing = [name for name, key in keys.items() if key.needed and name not in table]
    if missing:
        raise InputError(f"{where}: {kind} needs {missing[0]!r}")
    return make(**{name: _value(table[name], name, key, where, root) for name, key in keys.items() if name in table})


def _value(value: Any, name: str, key: _Key, where: str, root: Path) -> Any:
    result = key.read(value, root)
    if result is None:
        raise InputError(f"{where}: {name} is {value!r}, expected {key.expected}")
    return result


def _weight(table: dict[str, Any], where: str) -> float:
    weight = table.get("weight", 1.0)
    number = _positive(weight, Path())
    if number is None:
        raise InputError(f"{where}: weight is {weight!r}, expected a number above 0")
    return number
