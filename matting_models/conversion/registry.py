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
    "semat": Entry("SEMat on SAM, HQ-SAM or SAM2 (XiaRho/SEMat)", "matting_models.conversion.semat:SEMatConversion"),
}
