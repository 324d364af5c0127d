import pytest
import torch

from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.network import SMatNet


@pytest.mark.parametrize(
    ("hidden", "heads", "count"),
    [(384, 6, 26_887_441), (768, 12, 97_413_649)],  # the paper's 26.9 M on ViT-S and 97.4 M on ViT-B
)
def test_the_papers_count(hidden: int, heads: int, count: int) -> None:
    with torch.device("meta"):
        network = SMatNet(SMatConfig("dino@0", hidden, 12, heads, 4, False, 14, 518))
    assert sum(parameter.numel() for parameter in network.parameters()) == count
