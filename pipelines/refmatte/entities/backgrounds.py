"""Photos that images are composed on."""

from pathlib import Path

from pipelines.errors import UserError
from pipelines.propagation.targets import EXTENSIONS
from pipelines.refmatte.records import Background
from pipelines.storage.files import below, is_folder


def read_backgrounds(folder: Path) -> list[Background]:
    """All pictures of a folder and its subfolders, such as BG-20k's, in order of their names; none is opened.

    Hidden files and folders, and files with other endings, are left alone; links to folders are not followed.

    Raises:
        UserError: there is no such folder, or no picture in it.
    """
    if not is_folder(folder):
        raise UserError(f"{folder}: folder of backgrounds not found")
    names = sorted(name for name in below(folder) if _is_picture(name))
    if not names:
        raise UserError(f"{folder}: no picture found, expected backgrounds: files ending in {', '.join(EXTENSIONS)}")
    return [Background(name, folder / name) for name in names]


def _is_picture(name: str) -> bool:
    return name.lower().endswith(EXTENSIONS) and not any(part.startswith(".") for part in name.split("/"))
