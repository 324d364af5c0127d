"""Lists that say of which kind photos are, as the authors of In-Context Matting write them. Without torch, since
evaluation does without."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matting_models.errors import InputError, MissingError

KEYS = ("class", "sub_class", "HalfOrFull")
"""What must be alike in a photo and its reference, in the authors' lists."""


def read_classes(path: Path, stems: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What a list says of each photo.

    Raises:
        MissingError: no such file.
        InputError: it is no JSON of this form, or lacks one of the photos.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MissingError(f"list of classes {path} does not exist") from None
    except ValueError as error:
        raise InputError(f"{path} is not JSON: {error}") from None
    if not isinstance(content, dict):
        raise InputError(f"{path} is a list, expected an object for each photo, by its name")
    for stem in stems:
        found = content.get(stem)
        if not isinstance(found, dict) or "class" not in found:
            raise InputError(f'{path} says nothing of {stem}, expected {{"class": ..., "sub_class": ...}}')
    return content


def kind_of(known: dict[str, Any]) -> str:
    """What is the same for a photo and its references."""
    return "-".join(str(known.get(key)) for key in KEYS)
