"""Tiny networks with random weights, saved to disk as released ones are: the real loading code runs on them."""

import json
from pathlib import Path
from typing import Any

import torch
from transformers import (
    Dinov2Config,
    Dinov2Model,
    Dinov2WithRegistersConfig,
    Dinov2WithRegistersModel,
    DINOv3ViTConfig,
    DINOv3ViTModel,
    SamConfig,
    SamMaskDecoderConfig,
    SamModel,
    SamPromptEncoderConfig,
    SamVisionConfig,
    VitDetConfig,
    VitMatteConfig,
    VitMatteForImageMatting,
)

from matting_models.backends import agreement, vitmatte
from matting_models.networks.diffmatte import DiffMatte
from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.net_m import NetM
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.saved import save_network
from matting_models.networks.semat.config import Family
from matting_models.networks.semat.tiny import save_tiny
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.network import SMatNet
from matting_models.propagation._common import pil_processor


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
    vitmatte.processor_class()().save_pretrained(folder)
    return folder


def save_net_m(folder: Path) -> Path:
    """A Net-M; returns its folder."""
    torch.manual_seed(0)
    model = NetM(NetMConfig(width=0.125))
    with torch.no_grad():  # At initialisation the output hardly depends on the input.
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return folder


def save_diffmatte(folder: Path) -> Path:
    """A DiffMatte of three steps; returns its folder."""
    torch.manual_seed(0)
    model = DiffMatte(DiffMatteConfig("res34", width=0.0625, steps=3, seed=7))
    with torch.no_grad():  # At initialisation the output hardly depends on the input.
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    model.save_pretrained(folder)
    return folder


def save_smat(folder: Path) -> Path:
    """An SMat; returns its folder."""
    config = SMatConfig("dino@0", 16, 2, 2, 2, False, 14, 28, width=0.125, side=70, longest=112)
    torch.manual_seed(0)
    model = SMatNet(config)
    _enliven(model)
    save_network(folder, config, model)
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


IMAGENET_MEAN = [0.485, 0.456, 0.406]
IMAGENET_STD = [0.229, 0.224, 0.225]


def save_dinov2(folder: Path, registers: bool = False) -> Path:
    """A DINOv2 of 14-pixel patches, with four register tokens or without; returns its folder."""
    settings: dict[str, Any] = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "mlp_ratio": 2,
        "image_size": 70,
        "patch_size": 14,
    }
    torch.manual_seed(0)
    if registers:
        model = Dinov2WithRegistersModel(Dinov2WithRegistersConfig(num_register_tokens=4, **settings))
    else:
        model = Dinov2Model(Dinov2Config(**settings))
    _enliven(model)
    model.save_pretrained(folder)
    processor = pil_processor("BitImageProcessor")(
        size={"shortest_edge": 256},
        crop_size={"height": 224, "width": 224},
        resample=3,
        image_mean=IMAGENET_MEAN,
        image_std=IMAGENET_STD,
    )
    processor.save_pretrained(folder)
    return folder


def save_dinov3(folder: Path) -> Path:
    """A DINOv3 of 16-pixel patches with four register tokens; returns its folder."""
    config = DINOv3ViTConfig(
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_register_tokens=4,
        patch_size=16,
    )
    torch.manual_seed(0)
    model = DINOv3ViTModel(config)
    _enliven(model)
    model.save_pretrained(folder)
    _torchvision_settings(folder, "DINOv3ViTImageProcessorFast", 224, do_convert_rgb=None)
    return folder


def save_lively_sam(folder: Path) -> Path:
    """A SAM whose masks depend more on image and prompt than ``save_sam``'s; returns its folder."""
    return _save_padded("sam", folder)


def save_sam_hq(folder: Path) -> Path:
    """An HQ-SAM; returns its folder."""
    return _save_padded("sam_hq", folder)


def save_sam2(folder: Path) -> Path:
    """A SAM2; returns its folder."""
    save_tiny("sam2", folder, 64)
    _torchvision_settings(folder, "Sam2ImageProcessorFast", 64, do_convert_rgb=True)
    return folder


def _save_padded(family: Family, folder: Path) -> Path:
    save_tiny(family, folder, 64)
    pad = {"height": 64, "width": 64}
    agreement._image_processor_class()(size={"longest_edge": 64}, pad_size=pad).save_pretrained(folder)
    return folder


def _enliven(model: torch.nn.Module) -> None:
    """At the libraries' own start the output hardly depends on the input."""
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.ndim > 1:
                parameter.normal_(0, parameter[0].numel() ** -0.5)


def _torchvision_settings(folder: Path, kind: str, side: int, **more: Any) -> None:
    """The file that a processor which needs torchvision writes; those tests run without it."""
    settings = {
        "crop_size": None,
        "data_format": "channels_first",
        "default_to_square": True,
        "device": None,
        "disable_grouping": None,
        "do_center_crop": None,
        "do_normalize": True,
        "do_rescale": True,
        "do_resize": True,
        "image_mean": IMAGENET_MEAN,
        "image_processor_type": kind,
        "image_std": IMAGENET_STD,
        "input_data_format": None,
        "resample": 2,
        "rescale_factor": 1 / 255,
        "return_tensors": None,
        "size": {"height": side, "width": side},
        **more,
    }
    (folder / "preprocessor_config.json").write_text(json.dumps(settings), encoding="utf-8")
