"""Pictures of an export that are files of their own: a photo once, an alpha and a trimap for every matte."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath

import orjson

from pipelines.errors import UserError
from pipelines.exports.choice import Chosen
from pipelines.exports.pictures import Pictures
from pipelines.exports.records import FOLDER
from pipelines.labelling.placing import picture_stem
from pipelines.storage.files import (
    PARTIAL,
    below,
    flush,
    is_local,
    make_folder,
    names,
    read_whole,
    remove,
    spread,
    write_whole,
)
from pipelines.storage.safe_paths import ImageProblem, safe_path

_LIST = ".names"
"""End of the lists beside the records' shards: which pictures were written for a shard, noted before they are."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Folders below an export's folder.

    Attributes:
        images: of the photos, which keep the names that the annotation file gives them.
        alphas, trimaps: of the pictures of every matte, both named by its ids and the beginning of a digest of both.
    """

    images: str
    alphas: str
    trimaps: str

    def image(self, item: Chosen) -> str:
        """A matte's photo, below the export's folder."""
        return f"{self.images}/{PurePosixPath(item.row.image_path)}"

    def alpha(self, item: Chosen) -> str:
        """Its alpha."""
        return f"{self.alphas}/{_stem(item)}.png"

    def trimap(self, item: Chosen) -> str:
        """Its trimap."""
        return f"{self.trimaps}/{_stem(item)}.png"

    def names(self, item: Chosen) -> tuple[str, str, str]:
        """All three."""
        return self.image(item), self.alpha(item), self.trimap(item)

    def folders(self) -> tuple[str, ...]:
        """All that pictures are in."""
        return self.images, self.alphas, self.trimaps


def _stem(item: Chosen) -> str:
    """Other pictures have another name, so none is ever written over by another."""
    both = sha256(f"{item.alpha_sha256} {item.trimap_sha256}".encode()).hexdigest()
    return f"{picture_stem(item.row)}-{both[:8]}"


class PlainFiles:
    """The pictures below an export's folder. Only what an export noted as its own is ever removed.

    Args:
        target: the folder, locally or on a store.
        layout: its folders.

    Raises:
        UserError: one of them is a link, or lists of an earlier export are damaged.
    """

    def __init__(self, target: Path, layout: Layout) -> None:
        self._target, self._layout = target, layout
        for folder in {part for name in layout.folders() for part in (name, name.split("/")[0])}:
            if is_local(target) and (target / folder).is_symlink():
                raise UserError(f"{target / folder}: is a link; give an --out whose folders are its own")
        self._there = {f"{folder}/{name}" for folder in layout.folders() for name in below(target / folder)}
        self._noted = {name: self._read(name) for name in names(target / FOLDER) if name.endswith(_LIST)}
        self._kept: defaultdict[str, set[str]] = defaultdict(set)
        self._written: set[str] = set()

    def _read(self, name: str) -> set[str]:
        try:
            listed = orjson.loads(read_whole(self._target / FOLDER / name))
            for picture in listed:
                safe_path(self._target, picture)
                if not picture.startswith(tuple(f"{folder}/" for folder in self._layout.folders())):
                    raise ValueError(picture)
        except (ValueError, TypeError, AttributeError, ImageProblem):
            raise UserError(f"{self._target / FOLDER / name}: damaged; give another --out") from None
        return set(listed)

    def stand(self, items: Iterable[Chosen]) -> bool:
        """Whether the pictures of all these mattes are there; each is written whole or not at all."""
        return all(name in self._there for item in items for name in self._layout.names(item))

    def write(self, shard: str, items: Iterable[tuple[Chosen, Pictures]]) -> None:
        """Write the pictures of a shard's mattes; they are on the disk when this returns.

        Raises:
            OSError: one could not be written.
        """
        files: dict[str, bytes] = {}
        for item, pictures in items:
            contents = (pictures.photo, pictures.alpha, pictures.trimap)
            files |= zip(self._layout.names(item), contents, strict=True)
        listed = _list_of(shard)
        self._list(listed, self._noted.get(listed, set()) | files.keys())
        fresh = [(name, content) for name, content in files.items() if name not in self._written]
        flush(spread(self._target, self._write, fresh))
        self._written |= files.keys()

    def _write(self, file: tuple[str, bytes]) -> Path:
        path = safe_path(self._target, file[0])
        make_folder(path.parent)
        write_whole(path, file[1], durable=False)
        return path

    def keep(self, shard: str, item: Chosen) -> None:
        """This matte is of the export."""
        self._kept[_list_of(shard)].update(self._layout.names(item))

    def close(self) -> None:
        """Remove pictures of an earlier export that are not of this one."""
        kept = set().union(*self._kept.values())
        stale = set().union(*self._noted.values()) - kept
        for _ in spread(self._target, self._remove, sorted(stale)):
            pass
        for listed in sorted(self._noted.keys() | self._kept.keys()):
            if found := self._kept.get(listed):
                self._list(listed, found)
            else:
                remove(self._target / FOLDER / listed)

    def _remove(self, name: str) -> None:
        path = self._target / name
        remove(path)
        if is_local(path):
            remove(path.with_name(f".{path.name}{PARTIAL}"))

    def _list(self, listed: str, pictures: Iterable[str]) -> None:
        """Note which pictures are a shard's, unless that stands."""
        found = set(pictures)
        if found and found != self._noted.get(listed):
            make_folder(self._target / FOLDER)
            write_whole(self._target / FOLDER / listed, orjson.dumps(sorted(found), option=orjson.OPT_INDENT_2))
            self._noted[listed] = found


def _list_of(shard: str) -> str:
    return PurePosixPath(shard).stem + _LIST
