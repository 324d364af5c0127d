"""Where a run's photos are, noted beside its output, so that whoever looks at the output later need not say it again.

Only a note: rows name photos below a folder, which may move.
"""

from contextlib import suppress
from pathlib import Path

from pipelines.errors import UserError
from pipelines.storage.files import is_folder, is_local, read_whole, write_whole
from pipelines.storage.stores import place

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


def image_folder(out: Path, given: Path | None) -> Path:
    """Where an output's photos are.

    Args:
        out: the output folder.
        given: the folder that a person names, or None.

    Raises:
        UserError: nobody knows, or they are not there.
    """
    if given is None and (noted := noted_images(out)) is None:
        raise UserError(f"{out}: where its photos are is not noted there; give --images")
    images = place(noted) if given is None else given
    if not is_folder(images):
        raise UserError(f"{images}: image folder not found; give --images if it has moved")
    return images
