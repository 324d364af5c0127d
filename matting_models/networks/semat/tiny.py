"""Tiny Segment Anything models with random weights, saved to disk as the released ones are.

For smoke tests and benchmarks where no weights can be had: the real loading and training code runs on them.
"""

from pathlib import Path
from typing import Any

import torch
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


def tiny_model(family: Family, image_size: int = 128, width: int = 32, seed: int = 0) -> Any:
    """A small model whose masks do depend on image and box.

    Args:
        family: ``sam``, ``sam_hq`` or ``sam2``.
        image_size: side of the input, a multiple of 32.
        width: of encoder and mask decoder, a multiple of 16.
        seed: of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = _sam2(image_size, width) if family == "sam2" else _sam(family, image_size, width)
        with torch.no_grad():
            # The library's own start makes activations so small that masks hardly depend on the image.
            for parameter in model.parameters():
                if parameter.ndim > 1:
                    parameter.normal_(0, parameter[0].numel() ** -0.5)
    return model.eval()


def save_tiny(family: Family, folder: Path, image_size: int = 128, width: int = 32, seed: int = 0) -> Path:
    """``tiny_model`` on disk; returns its folder."""
    tiny_model(family, image_size, width, seed).save_pretrained(folder)
    return folder


def _sam(family: Family, image_size: int, width: int) -> Any:
    vision: dict[str, Any] = {
        "hidden_size": width,
        "output_channels": width,
        "num_hidden_layers": 4,
        "num_attention_heads": 2,
        "image_size": image_size,
        "patch_size": 16,
        "window_size": 4,
        "global_attn_indexes": [0, 1, 2, 3],
        "num_pos_feats": width // 2,
        "mlp_dim": 2 * width,
    }
    prompts: dict[str, Any] = {
        "hidden_size": width,
        "image_size": image_size,
        "patch_size": 16,
        "mask_input_channels": 4,
    }
    decoder: dict[str, Any] = {
        "hidden_size": width,
        "mlp_dim": 2 * width,
        "num_attention_heads": 2,
        "iou_head_hidden_dim": 16,
    }
    if family == "sam_hq":
        return SamHQModel(
            SamHQConfig(
                vision_config=SamHQVisionConfig(**vision),
                prompt_encoder_config=SamHQPromptEncoderConfig(**prompts),
                mask_decoder_config=SamHQMaskDecoderConfig(**decoder, vit_dim=width),
            )
        )
    return SamModel(
        SamConfig(
            vision_config=SamVisionConfig(**vision),
            prompt_encoder_config=SamPromptEncoderConfig(**prompts),
            mask_decoder_config=SamMaskDecoderConfig(**decoder),
        )
    )


def _sam2(image_size: int, width: int) -> Any:
    stages = [width // 4, width // 2, width, 2 * width]
    trunk = Sam2HieraDetConfig(
        hidden_size=stages[0],
        image_size=[image_size, image_size],
        blocks_per_stage=[1, 1, 2, 1],
        embed_dim_per_stage=stages,
        num_attention_heads_per_stage=[1, 1, 2, 2],
        window_size_per_stage=[8, 4, 8, 4],
        global_attention_blocks=[3],
    )
    vision = Sam2VisionConfig(
        backbone_config=trunk,
        backbone_channel_list=stages[::-1],
        backbone_feature_sizes=[[image_size // stride] * 2 for stride in (4, 8, 16)],
        fpn_hidden_size=width,
    )
    return Sam2Model(
        Sam2Config(
            vision_config=vision,
            prompt_encoder_config=Sam2PromptEncoderConfig(
                hidden_size=width, image_size=image_size, mask_input_channels=4
            ),
            mask_decoder_config=Sam2MaskDecoderConfig(
                hidden_size=width, mlp_dim=2 * width, num_attention_heads=2, iou_head_hidden_dim=16
            ),
        )
    )
