"""Public sets: a folder of pictures and one of their alphas, with the same names."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from pipelines.errors import UserError
from pipelines.propagation.targets import EXTENSIONS
from pipelines.refmatte.entities.classes import read_classes
from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.tally import Tally
from pipelines.refmatte.records import Entity, Rights, Split
from pipelines.storage.files import is_folder, names

NAMED = 3
"""Parts that a message names."""


@dataclass(frozen=True, slots=True)
class Part:
    """Folders of a set that belong together.

    Attributes:
        folder: below the set's.
        colours, alphas: below that, of pictures and their alphas.
        split: that it is for.
        straight: the pictures have the foregrounds' own colours; False for photos.
        own: below ``folder``, where the foregrounds' own colours may stand beside photos.
    """

    folder: str
    colours: str
    alphas: str
    split: Split
    straight: bool
    own: str | None = None


@dataclass(frozen=True, slots=True)
class Set:
    """A public set.

    Attributes:
        name: in entities' ids.
        title: for messages.
        nested: folders that it may be in below the one that is given.
        rights: licence and origin, where they are published.
    """

    name: str
    title: str
    nested: tuple[str, ...]
    rights: Rights

    def read(self, root: Path, parts: Sequence[Part], say: Say, default: str = "") -> list[Entity]:
        """Entities of those parts that are there.

        Args:
            root: the set's folder, or one that it is nested in.
            parts: in the order of their precedence: of two pictures with one name the first counts.
            say: told what was left out.
            default: category of pictures that no file of classes names.

        Raises:
            UserError: none of the parts is there, or the file of classes is wrong.
        """
        base = self._base(root, parts)
        tally, found, classes = Tally(base, say), dict[str, Entity](), read_classes(base, default)
        for part in (part for part in parts if _stands(base, part)):
            for stem, colours, alpha, straight in _pictures(base / part.folder, part, tally):
                name = classes.of(stem)
                if name is None:
                    tally.leave_out("have no class, for which there is classes.json or classes.csv")
                elif stem in found:
                    tally.leave_out("have a name that another one has")
                else:
                    identity = f"{self.name}/{stem}"
                    found[stem] = Entity(
                        identity, self.name, name.group, name.category, colours, alpha, straight, identity, part.split,
                        name.stated, self.rights,
                    )  # fmt: skip
        tally.tell()
        return list(found.values())

    def _base(self, root: Path, parts: Sequence[Part]) -> Path:
        """The folder that holds some of the parts: ``root``, or one below it."""
        for folder in (root, *(root / name for name in self.nested)):
            if any(_stands(folder, part) for part in parts):
                return folder
        shown = " or ".join(f"{_below(part, part.colours)} with {_below(part, part.alphas)}" for part in parts[:NAMED])
        raise UserError(f"{root}: {self.title} not found there, expected {shown}")


def _below(part: Part, folder: str) -> str:
    return (PurePosixPath(part.folder) / folder).as_posix()


def _stands(base: Path, part: Part) -> bool:
    return all(is_folder(base / part.folder / folder) for folder in (part.colours, part.alphas))


def _pictures(folder: Path, part: Part, tally: Tally) -> Iterator[tuple[str, Path, Path, bool]]:
    """Names, pictures, alphas, and whether the colours are the foreground's own."""
    own = _by_stem(folder / part.own) if part.own else {}
    alphas = _by_stem(folder / part.alphas)
    for stem, picture in sorted(_by_stem(folder / part.colours).items()):
        if stem not in alphas:
            tally.leave_out(f"have no alpha in {_below(part, part.alphas)}")
        elif stem in own:
            yield stem, own[stem], alphas[stem], True
        else:
            yield stem, picture, alphas[stem], part.straight


def _by_stem(folder: Path) -> dict[str, Path]:
    pictures = sorted(n for n in names(folder) if n.lower().endswith(EXTENSIONS) and not n.startswith("."))
    return {PurePosixPath(name).stem: folder / name for name in pictures}
