"""AIM-500: 500 photos of seven kinds (Li et al., "Deep Automatic Natural Image Matting", IJCAI 2021)."""

from pathlib import Path

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

_SET = Set(
    "aim-500",
    "AIM-500",
    ("AIM-500", "validation"),
    Rights(
        "AIM-500 Dataset Release Agreement (MIT License)",
        "https://jizhizili.github.io/files/aim_dataset_agreement/AIM-500_Dataset_Release_Agreement.pdf",
        "https://github.com/JizhiziLi/AIM",
    ),
)
# A set for testing, whose long tail becomes training data as everybody's does: 95 of its 200 objects (Table 1).
_PARTS = (Part(".", "original", "mask", "test", straight=False),)


def read_aim(folder: Path, say: Say) -> list[Entity]:
    """What a file of classes names; the set's own file has kinds such as "transparent", which name nothing.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say)
