"""P3M-10k: 10,421 portraits (Li et al., "Privacy-Preserving Portrait Matting", ACM MM 2021)."""

from pathlib import Path

from pipelines.refmatte.entities.names import HUMAN, Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

_SET = Set(
    "p3m-10k",
    "P3M-10k",
    ("P3M-10k",),
    Rights(
        "P3M-10k Dataset Release Agreement (MIT License)",
        "https://jizhizili.github.io/files/p3m_dataset_agreement/P3M-10k_Dataset_Release_Agreement.pdf",
        "https://github.com/JizhiziLi/P3M",
    ),
)
_PARTS = (
    Part("train", "blurred_image", "mask", "train", straight=False, own="fg"),
    Part("validation/P3M-500-P", "blurred_image", "mask", "test", straight=False),
    Part("validation/P3M-500-NP", "original_image", "mask", "test", straight=False),
)


def read_p3m(folder: Path, say: Say) -> list[Entity]:
    """Humans, all of them; gender, age and clothes where a file of classes says them.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say, HUMAN)
