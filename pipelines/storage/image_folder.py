"""Where a run's photos are, noted beside its output, so that whoever looks at the output later need not say it again.

Only a note: rows name photos below a folder, which may move.
"""

from contextlib import suppress
from pathlib import Path

from pipelines.storage.files import is_local, read_whole, write_whole

_NOTE = Path(".work") / "images"


def note_images(out: Path, images: Path) -> None:
    """Note the image folder of a run. The lock is held, and ``OUT/.work`` exists."""
    where = str(images.absolute() if is_local(images) else images).encode("utf-8", "surrogateescape")
    with suppress(OSError):
        if read_whole(out / _NOTE) == where:
            return
    write_whole(out / _NOTE, where)


def noted_images(out: Path) -> str | None:
    """The image folder of the last run, a path or a URL; None where none is noted."""
    try:
        return read_whole(out / _NOTE).decode("utf-8", "surrogateescape")
    except OSError:
        return None
