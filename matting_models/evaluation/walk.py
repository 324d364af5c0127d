"""All pictures below a folder."""

import os
from pathlib import Path

from matting_models.errors import InputError
from matting_models.pictures import EXTENSIONS


def walk_pictures(folder: Path) -> dict[str, Path]:
    """Pictures below a folder by their path below it without ending, in order of name.

    Hidden files and folders are left out. Folders that are links are followed, each only once.

    Raises:
        InputError: two pictures differ only in the ending, or a name is no UTF-8.
    """
    found: dict[str, Path] = {}
    seen: set[str] = set()
    for parent, below, files in os.walk(folder, followlinks=True):
        below[:] = sorted(name for name in below if not name.startswith("."))
        real = os.path.realpath(parent)
        if real in seen:
            below.clear()
            continue
        seen.add(real)
        for file in sorted(files):
            path = Path(parent, file)
            if path.suffix.lower() not in EXTENSIONS or file.startswith("."):
                continue
            name = path.relative_to(folder).with_suffix("").as_posix()
            if not _is_text(name):
                raise InputError(f"{os.fsencode(path)!r} has a name that is no UTF-8; rename it")
            if name in found:
                raise InputError(f"{found[name]} and {path} are called alike; expected one picture a name")
            found[name] = path
    return dict(sorted(found.items()))


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
