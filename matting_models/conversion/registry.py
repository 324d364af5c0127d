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
    "smat": Entry("SMat's authors' (zixuan-ye/SmartMatting)", "matting_models.conversion.smat:SMatConversion"),
}
