"""Large files that are written bit by bit, and appear whole or not at all."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, cast

from upath import UPath

from pipelines.storage.files import PARTIAL, is_local


@contextmanager
def written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file to write to that appears at ``path`` whole, or not at all if the block fails."""
    if not is_local(path):
        with tempfile.NamedTemporaryFile() as file:
            yield cast(IO[bytes], file)
            file.flush()
            _upload(Path(file.name), path)
        return
    beside = path.with_name(f".{path.name}{PARTIAL}")
    try:
        with beside.open("wb") as local:
            yield local
            local.flush()
            os.fsync(local.fileno())
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def _upload(source: Path, target: Path) -> None:
    from pipelines.storage import stores

    place = cast(UPath, target)
    stores.again(target, lambda: place.fs.put_file(str(source), place.path))
