"""SIMD: foregrounds in folders by how their edges are soft (Sun et al., "Semantic Image Matting", CVPR 2021)."""

from pathlib import Path

from pipelines.refmatte.entities.names import Say
from pipelines.refmatte.entities.pairs import Part, Set
from pipelines.refmatte.records import Entity, Rights

PATTERNS = (
    "defocus", "fire", "fur", "glass_ice", "hair_easy", "hair_hard", "insect", "motion", "net", "plant_flower",
    "plant_leaf", "plant_tree", "plastic_bag", "sharp", "smoke_cloud", "spider_web", "texture_holed", "texture_smooth",
    "water_drop", "water_spray",
)  # fmt: skip
"""Its folders. They tell edges apart, not things: a foreground may be in several, a cat in fur and in motion."""
_SET = Set("sim", "SIMD", ("SIMD",), Rights(url="https://github.com/nowsyn/SIM"))
_PARTS = tuple(
    Part(f"{folder}/{pattern}", "fg", "alpha", "train" if folder == "train" else "test", straight=True)
    for folder in ("train", "test")
    for pattern in PATTERNS
)


def read_sim(folder: Path, say: Say) -> list[Entity]:
    """What a file of classes names.

    Raises:
        UserError: the folder is not laid out so.
    """
    return _SET.read(folder, _PARTS, say)
