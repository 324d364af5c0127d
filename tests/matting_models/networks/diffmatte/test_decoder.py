import pytest
import torch

from matting_models.networks.diffmatte import DiffMatte
from matting_models.networks.diffmatte.config import DiffMatteConfig, EncoderName
from matting_models.networks.diffmatte.decoder import Decoder, time_embedding


@pytest.mark.parametrize(
    ("encoder", "count"), [("vit-s", 5_268_481), ("vit-b", 7_726_081), ("swin-t", 11_230_081), ("res34", 9_591_681)]
)
def test_parameters_of_the_authors_decoders(encoder: EncoderName, count: int) -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in Decoder(DiffMatteConfig(encoder)).parameters()) == count


@pytest.mark.parametrize(("encoder", "count"), [("vit-s", 29_014_273), ("vit-b", 101_458_945), ("swin-t", 38_753_560)])
def test_parameters_of_the_authors_networks(encoder: EncoderName, count: int) -> None:
    with torch.device("meta"):
        assert sum(p.numel() for p in DiffMatte(DiffMatteConfig(encoder)).parameters()) == count


def test_time_by_hand() -> None:
    start, end = time_embedding(torch.tensor([0.0, 1.0]))
    assert start.tolist() == [1.0] * 16 + [0.0] * 16
    # cos and sin of 1, and of 10,000^(-1/16) = 0.56234
    assert [end[i].item() for i in (0, 1, 16, 17)] == pytest.approx([0.540302, 0.846009, 0.841471, 0.533168], abs=1e-5)
