"""Distinctions-646: 596 and 50 foregrounds (Qiao et al., "Attention-Guided Hierarchical Structure Aggregation for Image
Matting", CVPR 2020)."""

from pathlib import Path

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

_SET = Set(
    "hatt",
    "Distinctions-646",
    ("Distinctions-646",),
    Rights(url="https://github.com/yuhaoliu7456/CVPR2020-HAttMatting"),
)
_PARTS = (
    Part("Train", "FG", "GT", "train", straight=True),
    Part("Test", "FG", "GT", "test", straight=True),
)


def read_hatt(folder: Path, say: Say) -> list[Entity]:
    """What a file of classes names.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say)
