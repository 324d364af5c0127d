"""AM-2K: 2,000 photos of animals of 20 kinds (Li et al., "Bridging Composite and Real", IJCV 2022)."""

from pathlib import Path

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

_SET = Set(
    "am-2k",
    "AM-2K",
    ("AM-2k", "AM-2K"),
    Rights(
        "AM-2k Dataset Release Agreement (MIT License)",
        "https://jizhizili.github.io/files/gfm_datasets_agreements/AM-2k_Dataset_Release_Agreement.pdf",
        "https://github.com/JizhiziLi/GFM",
    ),
)
_PARTS = (
    # Who follows the authors' steps solves for the foregrounds' colours into fg.
    Part("train", "original", "mask", "train", straight=False, own="fg"),
    Part("validation", "original", "mask", "test", straight=False),
)


def read_am2k(folder: Path, say: Say) -> list[Entity]:
    """Animals; which ones, a file of classes says.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say)
