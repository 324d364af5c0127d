"""Trainable parameters against the paper's Table 7, on the meta device: no memory, no weights."""

from typing import Any

import pytest
import torch
from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2Model,
    Sam2VisionConfig,
    SamConfig,
    SamHQConfig,
    SamHQMaskDecoderConfig,
    SamHQModel,
    SamHQVisionConfig,
    SamModel,
    SamVisionConfig,
)

from matting_models.semat import SEMat, SEMatConfig
from matting_models.semat.build import wrap
from matting_models.semat.config import Family

VIT_L: dict[str, Any] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "global_attn_indexes": [5, 11, 17, 23],
    "mlp_dim": 4096,
}


def large(family: Family) -> Any:
    """The released large model's architecture."""
    if family == "sam":
        return SamModel(SamConfig(vision_config=SamVisionConfig(**VIT_L)))
    if family == "sam_hq":
        decoder = SamHQMaskDecoderConfig(vit_dim=1024)
        return SamHQModel(SamHQConfig(vision_config=SamHQVisionConfig(**VIT_L), mask_decoder_config=decoder))
    hiera_l = Sam2HieraDetConfig(
        hidden_size=144,
        num_attention_heads=2,
        blocks_per_stage=[2, 6, 36, 4],
        embed_dim_per_stage=[144, 288, 576, 1152],
        num_attention_heads_per_stage=[2, 4, 8, 16],
        window_size_per_stage=[8, 4, 16, 8],
        global_attention_blocks=[23, 33, 43],
    )
    vision = Sam2VisionConfig(backbone_config=hiera_l, backbone_channel_list=[1152, 576, 288, 144])
    return Sam2Model(Sam2Config(vision_config=vision))


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
        semat = SEMat(wrap(large(family)), SEMatConfig("meta", "meta@0", family))
    counts = [sum(p.numel() for p in part) / 1e6 for part in semat.components().values()]
    for found, expected in zip([*counts, sum(counts)], table, strict=True):
        assert abs(found - expected) < 0.1, (counts, table)
    trained = sum(p.numel() for p in semat.parameters() if p.requires_grad) / 1e6
    assert trained == pytest.approx(sum(counts))


def test_every_trained_parameter_is_used() -> None:
    from tests.matting_models.semat.conftest import FAMILIES, batch, shake, tiny_semat

    for family in FAMILIES:
        semat = tiny_semat(family)
        shake(semat)
        output = semat(*batch())
        (output.alpha_logits.square().mean() + output.matting_logits.square().mean()).backward()
        unused = [n for n, p in semat.named_parameters() if p.requires_grad and (p.grad is None or not p.grad.any())]
        frozen = [n for n, p in semat.named_parameters() if not p.requires_grad and p.grad is not None]
        # A convolution's bias before batch normalisation is cancelled by it in exact arithmetic only.
        assert unused == []
        assert frozen == []
