"""Trainable parameters against the paper's Table 7, on the meta device: no memory, no weights."""

import pytest
import torch

from matting_models.networks.semat import SEMat, SEMatConfig
from matting_models.networks.semat.build import wrap
from matting_models.networks.semat.config import Architecture, Family
from matting_models.networks.semat.large import large_model
from tests.matting_models.networks.semat.conftest import FAMILIES, batch, shake, tiny_semat


@pytest.mark.parametrize(
    ("family", "table"),
    [
        ("sam", (1.0, 2.4, 1.3, 13.6, 18.3)),
        ("sam_hq", (1.0, 2.4, 1.3, 13.6, 18.3)),
        ("sam2", (0.03, 2.7, 0.5, 14.6, 17.8)),
    ],
)
def test_table_7(family: Family, table: tuple[float, ...]) -> None:
    with torch.device("meta"):
        semat = SEMat(wrap(large_model(family)), SEMatConfig("meta", "meta@0", family))
    counts = [sum(p.numel() for p in part) / 1e6 for part in semat.components().values()]
    for found, expected in zip([*counts, sum(counts)], table, strict=True):
        assert abs(found - expected) < 0.1, (counts, table)
    trained = sum(p.numel() for p in semat.parameters() if p.requires_grad) / 1e6
    assert trained == pytest.approx(sum(counts))


@pytest.mark.parametrize(
    ("family", "trained"), [("sam", (1.05, 2.39, 1.33, 13.54)), ("sam2", (0.03, 2.66, 0.49, 12.27))]
)
def test_released_adapts_the_patch_embedding_and_joins_no_levels(family: Family, trained: tuple[float, ...]) -> None:
    with torch.device("meta"):
        semat = SEMat(wrap(large_model(family)), SEMatConfig("meta", "meta@0", family, architecture="released"))
    assert tuple(round(sum(p.numel() for p in part) / 1e6, 2) for part in semat.components().values()) == trained


@pytest.mark.parametrize("architecture", ["paper", "released"])
def test_every_trained_parameter_is_used(architecture: Architecture) -> None:
    for family in FAMILIES:
        semat = tiny_semat(family, architecture=architecture)
        shake(semat)
        output = semat(*batch())
        (output.alpha_logits.square().mean() + output.matting_logits.square().mean()).backward()
        unused = [n for n, p in semat.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
        frozen = [n for n, p in semat.named_parameters() if not p.requires_grad and p.grad is not None]
        # A convolution's bias before batch normalisation is cancelled by it in exact arithmetic only.
        assert unused == []
        assert frozen == []
