"""A test set that is a folder of alphas."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from matting_models.errors import InputError, MissingError
from matting_models.evaluation.samples import Sample
from matting_models.layouts import Missing
from matting_models.walk import walk_pictures


def read_folders(truths: Path, trimaps: Path | None = None, images: Path | None = None) -> list[Sample]:
    """One sample a picture below ``truths``; trimap and photo have the same path below their folders, but the ending.

    Args:
        truths: alpha mattes (or true trimaps), also in folders below.
        trimaps: one for each matte.
        images: photos, as far as there are any.

    Raises:
        InputError: a folder is missing or empty, or a trimap is missing.
    """
    mattes = _pictures(truths, "true alphas")
    opened = _pictures(trimaps, "trimaps") if trimaps else None
    photos = _pictures(images, "photos") if images else {}
    missing = Missing(str(truths))
    samples = []
    for name, matte in sorted(mattes.items()):
        trimap = missing.partner(opened, name, trimaps or truths, matte) if opened is not None else None
        samples.append(Sample(name, name, (matte,), photos.get(name), trimap))
    missing.check()
    return samples


def with_masks(samples: Sequence[Sample], masks: Path) -> list[Sample]:
    """The samples with their masks, ``<id>`` and some ending below ``masks``.

    Raises:
        InputError: the folder is missing or empty, or a mask is missing.
    """
    found = _pictures(masks, "masks")
    missing = Missing(str(masks))
    masked = [replace(s, mask=missing.partner(found, s.id, masks, s.truths[0])) for s in samples]
    missing.check()
    return masked


def _pictures(folder: Path, of_what: str) -> dict[str, Path]:
    if not folder.is_dir():
        raise MissingError(f"{folder} is not a folder; expected {of_what}")
    found = walk_pictures(folder)
    if not found:
        raise InputError(f"{folder} has no pictures; expected {of_what}")
    return found
