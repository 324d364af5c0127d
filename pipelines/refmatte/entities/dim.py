"""Composition-1k's foregrounds: 431 and 50 (Xu et al., "Deep Image Matting", CVPR 2017)."""

from pathlib import Path

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

_SET = Set(
    "dim",
    "the Adobe Deep Image Matting dataset",
    ("Combined_Dataset", "Adobe_Deep_Matting_Dataset/Combined_Dataset"),
    # Its licence comes with the data, on request; where it can be read is not published.
    Rights("Adobe Deep Image Matting Dataset license", None, "https://sites.google.com/view/deepimagematting"),
)
_PARTS = (
    Part("Training_set/Adobe-licensed images", "fg", "alpha", "train", straight=True),
    Part("Training_set/Other", "fg", "alpha", "train", straight=True),
    Part("Test_set/Adobe-licensed images", "fg", "alpha", "test", straight=True),
)


def read_dim(folder: Path, say: Say) -> list[Entity]:
    """What a file of classes names.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say)
