"""Versions of the manifest: complete, unchanging folders, one of which is current.

A run works on parts of its own below ``.work``. Only when all of them stand do they become the next version:
``versions/000003/manifest`` and ``rejects``, and ``version.json``, written last. Then ``current.json`` names it, in one
write. So a reader of a version's folder never sees half an update, and earlier versions stay readable. On a local disk
``manifest`` and ``rejects`` are links to the current version's folders.
"""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipelines.errors import UserError
from pipelines.storage.files import names, read_whole
from pipelines.storage.manifest import KINDS, VERSIONS, part_name, shard_of_part, working

HEAD = "version.json"


@dataclass(frozen=True, slots=True)
class PartFile:
    """A part of a version.

    Attributes:
        name: below the version's folder, ``manifest/part-00000-01234567.parquet``, with the beginning of its digest.
        sha256: of its bytes.
        bytes: how many.
        rows: how many.
    """

    name: str
    sha256: str
    bytes: int
    rows: int

    @property
    def kind(self) -> str:
        """``manifest`` or ``rejects``."""
        return self.name.split("/")[0]

    @property
    def shard(self) -> int:
        """The shard it belongs to."""
        return shard_of_part(self.name.split("/")[-1])

    def working(self, out: Path) -> Path:
        """The run's own part of the same shard and kind."""
        return working(out, self.kind) / part_name(self.shard)


@dataclass(frozen=True, slots=True)
class Version:
    """What ``version.json`` says. No times: the same parts give the same bytes.

    Attributes:
        version: from 1.
        schema_version: of the manifest.
        digest: of all parts' names and contents.
        about: data set, split, source and settings' hash, as the run gave them.
        counts: the shards' counts, added up.
        parts: all parts, in order of name.
    """

    version: int
    schema_version: int
    digest: str
    about: dict[str, Any]
    counts: dict[str, int]
    parts: tuple[PartFile, ...]


_VERSION = TypeAdapter(Version)


def folder_of(out: Path, version: int) -> Path:
    """A version's folder."""
    return out / VERSIONS / f"{version:06d}"


def committed(out: Path) -> list[int]:
    """Numbers of the versions that are complete, in order."""
    return [number for number in begun(out) if HEAD in set(names(folder_of(out, number)))]


def begun(out: Path) -> list[int]:
    """Numbers of all versions, half written ones too, in order. Strangers' folders are none."""
    found = (name for name in names(out / VERSIONS) if re.fullmatch("[0-9]{6,18}", name))
    return sorted(int(name) for name in found if name == f"{int(name):06d}")


def read_version(out: Path, version: int) -> Version:
    """What a version consists of.

    Raises:
        UserError: there is no such version, or its head cannot be read.
    """
    path = folder_of(out, version) / HEAD
    try:
        found = _VERSION.validate_json(read_whole(path), strict=True)
        for part in found.parts:
            _check_part(part)
    except (FileNotFoundError, NotADirectoryError):
        raise UserError(f"{out}: there is no version {version}; it has {_listed(committed(out))}") from None
    except ValueError as error:
        raise UserError(f"{path}: not a version's head ({_reason(error)}); the next run writes a new version") from None
    return found


def _reason(error: ValueError) -> str:
    """The first thing that is wrong, in one line."""
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"]))
    return f"{where}: {first['msg']}" if where else first["msg"]


def _check_part(part: PartFile) -> None:
    if part.kind not in KINDS or part.name.count("/") != 1 or part.shard < 0:
        raise ValueError(f"no part's name: {part.name!r:.80}")


def _listed(numbers: list[int]) -> str:
    return "versions " + ", ".join(map(str, numbers)) if numbers else "none yet"


def lost_parts(out: Path, version: int) -> list[str]:
    """A version's parts that do not stand, judged by their names."""
    standing = {f"{kind}/{name}" for kind in KINDS for name in names(folder_of(out, version) / kind)}
    return [part.name for part in read_version(out, version).parts if part.name not in standing]
