"""Holding photos out for validation."""

import hashlib

from matting_models.data.sample import Source
from matting_models.errors import InputError


def hold_out(source: Source, fraction: float, most: int) -> tuple[Source, Source]:
    """Split a source into training and validation, by photo: all instances of one photo fall on the same side.

    A photo's side depends on its name alone, so it stays where it is when the data set grows.

    Args:
        source: to be split.
        fraction: share of the photos for validation, 0 to 1; at least one photo is held out.
        most: validation gets at most so many rows, but whole photos and at least one.

    Raises:
        InputError: there is only one photo, or the fraction leaves none to train on.
    """
    groups: dict[str, list[int]] = {}
    for row in range(len(source)):
        groups.setdefault(source.group(row), []).append(row)
    order = sorted(groups, key=lambda name: (_place(name), name))
    aside = [name for name in order if _place(name) < fraction] or order[:1]
    validation: list[int] = []
    for name in aside:
        if validation and len(validation) + len(groups[name]) > most:
            break
        validation += groups[name]
    # Photos set aside that find no room in validation are not trained on either: with another --validation-most they
    # may find room.
    training = [row for name in order[len(aside) :] for row in groups[name]]
    if not training:
        raise InputError(
            f"{source.name} has {len(groups)} photo(s): holding {fraction:.1%} out for validation leaves none to "
            "train on"
        )
    return source.subset(sorted(training)), source.subset(sorted(validation))


def _place(name: str) -> float:
    """A photo's place in [0, 1)."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64
