"""What the authors' SEMat was run with for the fixtures: reduced sizes, weights and photos from seeds."""

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from transformers import (
    Sam2Config,
    Sam2HieraDetConfig,
    Sam2MaskDecoderConfig,
    Sam2Model,
    Sam2PromptEncoderConfig,
    Sam2VisionConfig,
    SamConfig,
    SamHQConfig,
    SamHQMaskDecoderConfig,
    SamHQModel,
    SamHQPromptEncoderConfig,
    SamHQVisionConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
)

from matting_models.networks.semat.config import Family

_VISION: dict[str, Any] = {
    "hidden_size": 48,
    "output_channels": 32,
    "num_hidden_layers": 5,
    "num_attention_heads": 2,
    "image_size": 96,
    "window_size": 4,  # of 6 x 6 patches: the windows are padded
    "global_attn_indexes": [0, 2, 3, 4],
    "num_pos_feats": 16,
    "mlp_dim": 192,
}
_PROMPTS: dict[str, Any] = {"hidden_size": 32, "image_size": 96, "mask_input_channels": 4}
_DECODER: dict[str, Any] = {"hidden_size": 32, "mlp_dim": 64, "num_attention_heads": 2, "iou_head_hidden_dim": 16}
_WIDTHS = [16, 32, 64, 128]


def reduced_model(family: Family) -> Any:
    """Untrained. SAM2's decoder has its full width, which the authors' code has in its text."""
    if family == "sam":
        return SamModel(
            SamConfig(
                vision_config=SamVisionConfig(**_VISION),
                prompt_encoder_config=SamPromptEncoderConfig(**_PROMPTS),
                mask_decoder_config=SamMaskDecoderConfig(**_DECODER),
            )
        )
    if family == "sam_hq":
        return SamHQModel(
            SamHQConfig(
                vision_config=SamHQVisionConfig(**_VISION),
                prompt_encoder_config=SamHQPromptEncoderConfig(**_PROMPTS),
                mask_decoder_config=SamHQMaskDecoderConfig(**_DECODER, vit_dim=48),
            )
        )
    hiera = Sam2HieraDetConfig(
        hidden_size=16,
        image_size=[64, 64],
        blocks_per_stage=[1, 2, 2, 1],
        embed_dim_per_stage=_WIDTHS,
        num_attention_heads=1,
        num_attention_heads_per_stage=[1, 2, 4, 8],
        window_size_per_stage=[8, 4, 3, 2],
        window_positional_embedding_background_size=[4, 4],
        global_attention_blocks=[4],
    )
    vision = Sam2VisionConfig(
        backbone_config=hiera,
        backbone_channel_list=_WIDTHS[::-1],
        backbone_feature_sizes=[[16, 16], [8, 8], [4, 4]],
    )
    return Sam2Model(
        Sam2Config(
            vision_config=vision,
            prompt_encoder_config=Sam2PromptEncoderConfig(image_size=64),
            mask_decoder_config=Sam2MaskDecoderConfig(),
        )
    )


def photo(height: int, width: int, seed: int) -> NDArray[np.uint8]:
    """A picture with structure at several scales; the authors' modules saw the same."""
    rng = np.random.default_rng(seed)
    picture = np.zeros((height, width, 3))
    for cell in (2, 8, 32):
        coarse = rng.uniform(0, 85, (-(-height // cell), -(-width // cell), 3))
        picture += coarse.repeat(cell, 0).repeat(cell, 1)[:height, :width]
    return picture.astype(np.uint8)


def seeded(shapes: dict[str, tuple[int, ...]], seed: int) -> dict[str, Tensor]:
    """Weights that a seed, the names and the shapes alone give; the authors' modules had the same."""
    rng = np.random.default_rng(seed)
    state = {}
    for name in sorted(shapes):
        shape = shapes[name]
        values = rng.standard_normal(shape, dtype=np.float32)
        if name.endswith("num_batches_tracked"):
            state[name] = torch.zeros(shape, dtype=torch.int64)
            continue
        if name.endswith("running_var"):
            values = 1 + 0.1 * np.abs(values)
        elif len(shape) < 2:
            values = 0.1 * values + (1 if name.endswith("weight") else 0)
        else:
            gain = 2 if name.startswith("matting_decoder.") else 1
            values *= np.float32(gain / np.prod(shape[1:])) ** 0.5
        state[name] = torch.from_numpy(np.asarray(values))
    return state
