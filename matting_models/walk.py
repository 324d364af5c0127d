"""All pictures below a folder."""

import os
from collections.abc import Iterator
from pathlib import Path

from matting_models.errors import InputError
from matting_models.pictures import EXTENSIONS


def walk_pictures(folder: Path) -> dict[str, Path]:
    """Pictures below a folder by their path below it without ending, in order of name.

    Hidden files and folders are left out. Links to folders are followed, but not in circles.

    Raises:
        InputError: two pictures differ only in the ending, or a name is no UTF-8.
        OSError: a folder cannot be read.
    """
    found: dict[str, Path] = {}
    for path in _pictures(folder, frozenset()):
        check_name(path)
        name = path.relative_to(folder).with_suffix("").as_posix()
        if name in found:
            raise InputError(f"{found[name]} and {path} are called alike; expected one picture a name")
        found[name] = path
    return dict(sorted(found.items()))


def _pictures(folder: Path, above: frozenset[str]) -> Iterator[Path]:
    real = os.path.realpath(folder)
    if real in above:
        return
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        if path.is_dir():
            yield from _pictures(path, above | {real})
        elif path.suffix.lower() in EXTENSIONS:
            yield path


def check_name(path: Path) -> None:
    """Refuse what no table could show.

    Raises:
        InputError: the path is no UTF-8.
    """
    try:
        str(path).encode()
    except UnicodeEncodeError:
        raise InputError(f"{os.fsencode(path)!r} has a name that is no UTF-8; rename it") from None
