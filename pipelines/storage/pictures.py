"""The folders of pictures of an output: which of them rows refer to, and what is left over."""

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.errors import StoreError, UserError
from pipelines.storage.files import PARTIAL, is_local, names, remove, spread
from pipelines.storage.manifest import KINDS, working
from pipelines.storage.name_set import NameSet
from pipelines.storage.parts import read_columns
from pipelines.storage.retention import kept_parts

PICTURES = {
    "alphas": "alpha_path",
    "trimaps": "trimap_path",
    "cutouts": "cutout_path",
    "similarity": "similarity_path",
    "composed": "composed_path",
}
"""Folders of pictures below the output folder, and the columns that name what is in them."""
OURS = re.compile(r"(?:[\w.]+_)?-?\d{11,}(?:(?:_-?\d+)?(?:-[0-9a-f]{12})?\.png|-[0-9a-f]{12}\.jpg)")
"""Names that this program gives to pictures, in this release and earlier ones."""


def sweep(out: Path, shards: int) -> None:
    """Remove leftovers of killed runs, and parts of an earlier sharding. Only files named as ours are touched.

    A report half written is a folder, and the next report clears it away.
    """
    if is_local(out):
        for folder in (out, *(out / name for name in (".work/inputs", *PICTURES)), *(working(out, k) for k in KINDS)):
            for name in list(names(folder)):
                if name.startswith(".") and name.endswith(PARTIAL) and not (folder / name).is_dir():
                    remove(folder / name)
    for folder in (*(working(out, kind) for kind in KINDS), out / ".work" / "inputs"):
        for name in list(names(folder)):
            found = re.fullmatch(r"part-(\d{5,})\.(parquet|json)", name)
            if found and int(found[1]) >= shards:
                remove(folder / name)


def sweep_pictures(out: Path) -> None:
    """Remove pictures that no version refers to: those of killed runs, and those of versions that are gone.

    Call it when the standing parts have become a version. Only files named as this program names them are touched.

    Raises:
        UserError: a part of an old version is damaged, so what it refers to is not known; its pictures stay.
    """
    for folder, column in PICTURES.items():
        if next(iter(names(out / folder)), None) is None:
            continue
        wanted = NameSet(referred(out, column))
        stale = (n for n in names(out / folder) if n not in wanted and OURS.fullmatch(n))
        for _ in spread(out, remove, (out / folder / name for name in stale)):
            pass


def referred(out: Path, column: str) -> Iterator[str]:
    """File names of the pictures that a kept version or the run in progress needs, by the column that names them.

    Raises:
        UserError: a part cannot be read.
    """
    for paths in spread(out, lambda part: _paths_in(part, column), kept_parts(out)):
        yield from (Path(path).name for path in paths if path is not None)


def _paths_in(part: Path, column: str) -> list[str | None]:
    try:
        paths: list[str | None] = read_columns(part, [column])[column].to_pylist()
    except (StoreError, PermissionError):  # say nothing about the part
        raise
    except (OSError, ValueError, pa.ArrowException):
        raise UserError(f"{part}: damaged, so that it is not known which pictures are still needed") from None
    return paths
