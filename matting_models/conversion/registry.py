"""Conversions by name. Importing this needs no torch."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversion.

    Attributes:
        about: a line for ``--help``: whose checkpoints.
        place: a ``protocol.Conversion``, as ``module:attribute``.
    """

    about: str
    place: str


CONVERSIONS: dict[str, Entry] = {
    "icon": Entry(
        "IconMatting, as tiny-smart/in-context-matting released it", "matting_models.conversion.icon:IconConversion"
    ),
}
