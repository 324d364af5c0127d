"""What tells a saved network's weights from others; needs no torch, since processes that load no network ask."""

from pathlib import Path

from matting_models.weights import digest

CONFIG_FILE = "config.json"
WEIGHTS_FILE = "model.safetensors"
FILES = (CONFIG_FILE, WEIGHTS_FILE)


def revision_of(folder: Path) -> str:
    """``NAME@DIGEST``: the folder's name, and twelve digits of the digest of both files.

    Raises:
        FileNotFoundError: one of them is missing.
    """
    paths = [folder / name for name in FILES]
    if missing := [path for path in paths if not path.is_file()]:
        raise FileNotFoundError(f"weights {missing[0]} do not exist; expected a folder that training wrote")
    return f"{folder.resolve().name}@{digest(paths)}"
