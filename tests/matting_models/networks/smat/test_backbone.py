from typing import Any

import pytest
import torch
from transformers import Dinov2Config, Dinov2Model

from matting_models.errors import InputError
from matting_models.networks.smat.backbone import empty_backbone, sizes_of
from matting_models.networks.smat.config import SMatConfig


def model(**settings: Any) -> Dinov2Model:
    sizes = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "patch_size": 14, "image_size": 28}
    with torch.device("meta"):
        return Dinov2Model(Dinov2Config(**sizes | settings))


@pytest.mark.parametrize("gated", [False, True])
def test_a_configuration_builds_the_same_backbone(gated: bool) -> None:
    given = model(use_swiglu_ffn=gated, mlp_ratio=3)
    with torch.device("meta"):
        built = empty_backbone(SMatConfig(**sizes_of(given, "dino@0")))
    shapes = [{name: x.shape for name, x in each.state_dict().items()} for each in (given, built)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"image_size": (28, 42)}, r"backbone dino@0 has image_size \[28, 42\], expected a square"),
        ({"layer_norm_eps": 1e-5}, "has layer_norm_eps 1e-05, expected 1e-06 as released ones have"),
        ({"use_mask_token": False}, "has use_mask_token False, expected True"),
    ],
)
def test_a_backbone_that_could_not_be_built_again(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        sizes_of(model(**settings), "dino@0")
