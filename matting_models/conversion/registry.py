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
    "diffmatte": Entry(
        "DiffMatte's checkpoints, with any of its four encoders",
        "matting_models.conversion.diffmatte:DiffMatteConversion",
    ),
    "icon": Entry("IconMatting's checkpoint, on Stable Diffusion 2.1", "matting_models.conversion.icon:IconConversion"),
    "semat": Entry("SEMat's checkpoints, on SAM, HQ-SAM or SAM2", "matting_models.conversion.semat:SEMatConversion"),
    "smat": Entry("SMat's checkpoints", "matting_models.conversion.smat:SMatConversion"),
    "vitmatte": Entry(
        "ViTMatte's checkpoints, ViT-S and ViT-B", "matting_models.conversion.vitmatte:VitMatteConversion"
    ),
}
"""By name."""
