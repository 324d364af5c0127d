"""Finding a benchmark's files; what is missing or misplaced is named."""

from collections.abc import Sequence
from pathlib import Path

from matting_models.errors import InputError, MissingError
from matting_models.pictures import EXTENSIONS
from matting_models.walk import check_name

NAMED = 5
"""Missing files that a message names; of more it says how many."""


def find_base(title: str, root: Path, tails: Sequence[str], folders: Sequence[str]) -> Path:
    """The folder below ``root`` that holds all of ``folders``.

    Args:
        title: of the benchmark, for messages.
        root: what the user gave: the benchmark's folder or one that the authors' archive nests it in.
        tails: where below root it may be; the first that fits is taken.
        folders: that it must hold.

    Raises:
        MissingError: none of them does.
    """
    if not root.is_dir():
        raise MissingError(f"{root} is not a folder; expected {title}")
    for tail in tails:
        if all((root / tail / folder).is_dir() for folder in folders):
            return root / tail
    best = max((root / tail for tail in tails), key=lambda base: sum((base / folder).is_dir() for folder in folders))
    absent = next(folder for folder in folders if not (best / folder).is_dir())
    expected = ", ".join(f"{folder}/" for folder in folders)
    raise MissingError(f"{title}: {best / absent} is not there; expected a folder that holds {expected}")


def pictures(title: str, folder: Path) -> dict[str, Path]:
    """Pictures of a folder by stem; at least one.

    Raises:
        InputError: there is none, or two have the same stem.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in EXTENSIONS and not path.name.startswith("."):
            check_name(path)
            if path.stem in found:
                raise InputError(
                    f"{title}: {found[path.stem]} and {path} are called alike; expected one picture a name"
                )
            found[path.stem] = path
    if not found:
        raise InputError(f"{title}: {folder} has no pictures")
    return found


class Missing:
    """Collects files that are not there, to name them together."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._problems: list[str] = []

    def partner(self, found: dict[str, Path], stem: str, folder: Path, of: Path) -> Path | None:
        """The picture of a stem; where there is none, it is noted as missing."""
        if stem not in found:
            self._problems.append(f"{folder / stem}.* is missing, which belongs to {of}")
        return found.get(stem)

    def unused(self, found: dict[str, Path], used: set[str], needs: str) -> None:
        """Note pictures that belong to nothing."""
        self._problems += [f"{found[stem]} has no {needs}" for stem in found if stem not in used]

    def note(self, problem: str) -> None:
        """Note another problem."""
        self._problems.append(problem)

    def check(self) -> None:
        """Raise if anything was noted.

        Raises:
            MissingError: names up to five of the files.
        """
        if self._problems:
            more = len(self._problems) - NAMED
            rest = f"; and {more} more" if more > 0 else ""
            raise MissingError(f"{self._title}: {'; '.join(self._problems[:NAMED])}{rest}")
