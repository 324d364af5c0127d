"""What tells a saved network's weights from others; needs no torch, since processes that load no network ask."""

from pathlib import Path

from matting_models.errors import InputError
from matting_models.weights import digest

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
FILES = (CONFIG_FILE, WEIGHTS_FILE)


def check_folder(folder: Path) -> None:
    """Raises InputError for a file, such as a released checkpoint that was never converted."""
    if folder.is_file():
        raise InputError(
            f"weights {folder} are a file, expected a folder; python -m matting_models.convert makes one of released "
            "checkpoints"
        )


def revision_of(folder: Path) -> str:
    """``NAME@DIGEST``: the folder's name, and twelve digits of the digest of both files.

    Raises:
        FileNotFoundError: one of them is missing.
        InputError: it is no folder.
    """
    check_folder(folder)
    paths = [folder / name for name in FILES]
    if missing := [path for path in paths if not path.is_file()]:
        raise FileNotFoundError(f"weights {missing[0]} do not exist; expected a folder that training wrote")
    return f"{folder.resolve().name}@{digest(paths)}"
