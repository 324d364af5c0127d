"""Tiny networks with random weights, saved to disk as released ones are: the real loading code runs on them."""

from pathlib import Path

import torch
from transformers import (
    SamConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
    VitDetConfig,
    VitMatteConfig,
    VitMatteForImageMatting,
)

from matting_models import agreement
from matting_models.trimap_matting import vitmatte


def save_vitmatte(folder: Path) -> Path:
    """A ViTMatte; returns its folder."""
    backbone = VitDetConfig(
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        mlp_ratio=2,
        image_size=64,
        pretrain_image_size=64,
        patch_size=16,
        num_channels=4,
        window_size=2,
        window_block_indices=[0],
        residual_block_indices=[1],
        use_relative_position_embeddings=True,
        out_features=["stage2"],
    )
    config = VitMatteConfig(
        backbone_config=backbone,
        hidden_size=16,
        convstream_hidden_sizes=[4, 8, 8],
        fusion_hidden_sizes=[16, 8, 8, 4],
    )
    torch.manual_seed(0)
    model = VitMatteForImageMatting(config)
    for parameter in model.parameters():  # At the library's own start the output hardly depends on the input.
        if parameter.ndim > 1:
            torch.nn.init.kaiming_normal_(parameter)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.ones_(module.weight)
    model.save_pretrained(folder)
    vitmatte._processor_class()().save_pretrained(folder)
    return folder


def save_sam(folder: Path) -> Path:
    """A SAM; returns its folder."""
    vision = SamVisionConfig(
        hidden_size=16,
        output_channels=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        image_size=64,
        patch_size=8,
        window_size=2,
        global_attn_indexes=[0],
        num_pos_feats=8,
        mlp_dim=32,
    )
    prompts = SamPromptEncoderConfig(hidden_size=16, image_size=64, patch_size=8, mask_input_channels=4)
    decoder = SamMaskDecoderConfig(
        hidden_size=16, mlp_dim=32, num_hidden_layers=1, num_attention_heads=2, iou_head_hidden_dim=16
    )
    torch.manual_seed(0)
    config = SamConfig(vision_config=vision, prompt_encoder_config=prompts, mask_decoder_config=decoder)
    model = SamModel(config)
    with torch.no_grad():  # At initialisation the masks hardly depend on the box.
        for parameter in model.parameters():
            parameter.copy_(torch.randn_like(parameter) * 0.3)
    model.save_pretrained(folder)
    size = {"longest_edge": 64}
    pad = {"height": 64, "width": 64}
    agreement._image_processor_class()(size=size, pad_size=pad).save_pretrained(folder)
    return folder
