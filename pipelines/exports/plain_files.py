"""Pictures of an export that are files of their own: a photo once, an alpha and a trimap for every matte."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.exports.choice import Chosen
from pipelines.exports.pictures import Pictures
from pipelines.labelling.placing import picture_stem
from pipelines.storage.files import below, flush, make_folder, remove, write_whole
from pipelines.storage.safe_paths import safe_path


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders below an export's folder.

    Attributes:
        images: of the photos, which keep the names that the annotation file gives them.
        alphas, trimaps: of the pictures of every matte, both named by its ids.
    """

    images: str
    alphas: str
    trimaps: str

    def image(self, item: Chosen) -> str:
        """A matte's photo, below the export's folder."""
        return f"{self.images}/{item.row.image_path}"

    def alpha(self, item: Chosen) -> str:
        """Its alpha."""
        return f"{self.alphas}/{picture_stem(item.row)}.png"

    def trimap(self, item: Chosen) -> str:
        """Its trimap."""
        return f"{self.trimaps}/{picture_stem(item.row)}.png"

    def names(self, item: Chosen) -> tuple[str, str, str]:
        """All three."""
        return self.image(item), self.alpha(item), self.trimap(item)


class PlainFiles:
    """The pictures below an export's folder.

    Args:
        target: the folder, locally or on a store.
        layout: its folders.
    """

    def __init__(self, target: Path, layout: Layout) -> None:
        self._target, self._layout = target, layout
        self._there = {f"{folder}/{name}" for folder in self._folders() for name in below(target / folder)}
        self._kept: set[str] = set()
        self._written: set[str] = set()

    def _folders(self) -> tuple[str, str, str]:
        return self._layout.images, self._layout.alphas, self._layout.trimaps

    def stand(self, items: Iterable[Chosen]) -> bool:
        """Whether the pictures of all these mattes are there; each is written whole or not at all."""
        return all(name in self._there for item in items for name in self._layout.names(item))

    def write(self, items: Iterable[tuple[Chosen, Pictures]]) -> None:
        """Write the pictures of some mattes; they are on the disk when this returns.

        Raises:
            OSError: one could not be written.
        """
        paths = []
        for item, pictures in items:
            files = (pictures.photo, pictures.alpha, pictures.trimap)
            for name, content in zip(self._layout.names(item), files, strict=True):
                if name in self._written:
                    continue
                path = safe_path(self._target, name)
                make_folder(path.parent)
                write_whole(path, content, durable=False)
                self._written.add(name)
                paths.append(path)
        flush(paths)

    def keep(self, item: Chosen) -> None:
        """This matte is of the export."""
        self._kept.update(self._layout.names(item))

    def close(self) -> None:
        """Remove pictures of an earlier export that are not of this one."""
        for name in sorted((self._there | self._written) - self._kept):
            remove(self._target / name)
