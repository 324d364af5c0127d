"""A tiny Stable Diffusion model with random weights, saved to disk as the released ones are.

For tests and benchmarks where no weights can be had: the real loading, reading and training code runs on it.
"""

import json
from pathlib import Path
from typing import Any

from matting_models.weights import models_extra

with models_extra("a tiny Stable Diffusion"):
    import diffusers
    import torch
    from transformers import CLIPTextConfig, CLIPTextModel

_parts: Any = diffusers  # whose classes have no types

WORDS = ("<|startoftext|>", "<|endoftext|>")


def save_tiny(folder: Path, channels: int = 16, seed: int = 0) -> Path:
    """Write it; returns its folder.

    Args:
        folder: made if it is missing.
        channels: of the features; a multiple of 8.
        seed: of the weights.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        parts = {"unet": _unet(channels), "vae": _autoencoder(), "text_encoder": _text_encoder()}
        for name, model in parts.items():
            _liven(model)
            model.save_pretrained(folder / name)
    _parts.DDIMScheduler(beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear").save_pretrained(
        folder / "scheduler"
    )
    _tokenizer(folder / "tokenizer")
    return folder


@torch.no_grad()
def _liven(model: Any) -> None:
    """Activations keep their size from layer to layer, so that features depend on the picture.

    The libraries' own start makes them fade. As in released autoencoders the posterior is narrow.
    """
    for parameter in model.parameters():
        if parameter.ndim > 1:
            parameter.normal_(0, parameter[0].numel() ** -0.5)
    if isinstance(model, _parts.AutoencoderKL):
        latent = model.config.latent_channels
        model.quant_conv.weight[latent:], model.quant_conv.bias[latent:] = 0, -20


def _unet(channels: int) -> Any:
    return _parts.UNet2DConditionModel(
        block_out_channels=(8, channels, channels, channels),
        layers_per_block=2,
        attention_head_dim=(1, 2, 2, 2),
        cross_attention_dim=8,
        norm_num_groups=4,
        use_linear_projection=True,
    )


def _autoencoder() -> Any:
    return _parts.AutoencoderKL(
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=2,
        latent_channels=4,
        scaling_factor=1.0,
    )


def _text_encoder() -> Any:
    return CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(WORDS) + 1,
            hidden_size=8,
            intermediate_size=8,
            num_hidden_layers=1,
            num_attention_heads=1,
            max_position_embeddings=7,
            bos_token_id=1,
            eos_token_id=2,
            pad_token_id=0,
        )
    )


def _tokenizer(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    start, end = WORDS
    (folder / "vocab.json").write_text(json.dumps({"!": 0, start: 1, end: 2}), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    settings = {"tokenizer_class": "CLIPTokenizer", "bos_token": start, "eos_token": end, "unk_token": end,
                "pad_token": "!", "model_max_length": 7}  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
