"""Image folders inside ZIP and TAR files, read in place."""

import tarfile
import zipfile
from pathlib import Path
from typing import cast

from fsspec import filesystem
from upath import UPath

from pipelines.storage.files import is_local

PROTOCOLS = {".zip": "zip", ".tar": "tar"}
"""A file name's ending to fsspec's name of what reads it. Compressed TAR files would be unpacked for every photo."""


def mounted(path: Path) -> Path:
    """The folder inside an archive; any other path as it is.

    An archive that has nothing but one folder, as COCO's downloads have, stands for that folder, and so on inwards.

    Args:
        path: of a local archive, or any path.

    Raises:
        ValueError: the file is no such archive, or damaged.
    """
    protocol = PROTOCOLS.get(path.suffix.lower()) if is_local(path) and path.is_file() else None
    if protocol is None:
        return path
    try:
        archive = filesystem(protocol, fo=str(path.absolute()))
        inside, entries = "", archive.ls("", detail=True)
        while len(entries) == 1 and entries[0]["type"] == "directory":
            inside = entries[0]["name"].rstrip("/")
            entries = archive.ls(inside, detail=True)
    except (zipfile.BadZipFile, tarfile.TarError, OSError) as error:
        raise ValueError(f"{path} cannot be read as a {protocol.upper()} file ({error})") from None
    return cast(Path, UPath(f"{protocol}://{inside}::file://{path.absolute()}"))
