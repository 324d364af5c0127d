"""A Stable Diffusion model on disk or on the hub: where it is, which weights it has, its parts."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from matting_models.errors import InputError, MissingError
from matting_models.weights import Source, digest, load_model, models_extra

with models_extra("IconMatting"):
    import torch
    from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
    from torch import Tensor
    from transformers import AutoTokenizer, CLIPTextModel

PARTS = ("text_encoder", "unet", "vae")
"""Folders whose weights are used, and tell the model from others."""


def locate(backbone: str) -> Source:
    """Find a Stable Diffusion model.

    Args:
        backbone: local folder or hub name.

    Raises:
        MissingError: no such folder, or the hub could not be reached.
        InputError: it is no Stable Diffusion model.
    """
    folder = Path(backbone)
    if not folder.exists():
        return _on_hub(backbone)
    path = folder / "unet" / "config.json"
    if not path.is_file():
        raise InputError(f"backbone {folder} has no unet/config.json; expected a Stable Diffusion model of diffusers")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise InputError(f"{path} is damaged")
    _check_kind(backbone, config)
    files = [file for part in PARTS for file in sorted((folder / part).glob("*.safetensors"))]
    if missing := [part for part in PARTS if not list((folder / part).glob("*.safetensors"))]:
        raise MissingError(f"backbone {folder} has no {missing[0]}/*.safetensors, the only format that is loaded")
    return Source(str(folder), True, f"{folder.resolve().name}@{digest(files)}", {"local_files_only": True})


def _on_hub(name: str) -> Source:
    try:
        config, commit = UNet2DConditionModel.load_config(name, subfolder="unet", return_commit_hash=True)
    except (OSError, ValueError) as error:
        raise MissingError(
            f"backbone {name} is neither a local folder nor to be had from the Hugging Face hub "
            f"({type(error).__name__}); give a local folder, or a hub name that can be reached"
        ) from error
    _check_kind(name, config)
    return Source(name, False, f"{name}@{(commit or 'unknown')[:12]}", {"revision": commit} if commit else {})


def _check_kind(backbone: str, config: dict[str, Any]) -> None:
    """Refuse what is no U-Net of Stable Diffusion 1 or 2."""
    found = config.get("_class_name")
    if found != "UNet2DConditionModel":
        raise InputError(f"backbone {backbone} has a {found} for U-Net, expected Stable Diffusion's")
    down, up = config.get("down_block_types", []), config.get("up_block_types", [])
    attends = ["CrossAttn" in kind for kind in (*down, *up)]
    if attends != [True, True, True, False, False, True, True, True]:
        raise InputError(
            f"backbone {backbone} has {len(down)} down blocks, of which {sum(attends[: len(down)])} attend; expected 4 "
            "and 3, as Stable Diffusion 1 and 2 have"
        )


def load_unet(source: Source) -> Any:
    """The U-Net, float32, in evaluation mode."""
    return load_model(UNet2DConditionModel, _part(source, "unet"))


def load_autoencoder(source: Source) -> Any:
    """The autoencoder without its decoder, which is not used."""
    model = load_model(AutoencoderKL, _part(source, "vae"))
    model.decoder, model.post_quant_conv = None, None
    return model


def load_scheduler(source: Source) -> Any:
    """What adds noise."""
    scheduler: Any = DDIMScheduler
    try:
        return scheduler.from_pretrained(source.location, subfolder="scheduler", **source.options)
    except (OSError, ValueError) as error:
        raise MissingError(f"backbone {source.location} has no scheduler settings") from error


@torch.inference_mode()
def load_empty_prompt(source: Source) -> Tensor:
    """What the text encoder makes of an empty prompt, (1, tokens, channels); the encoder is let go of."""
    encoder = load_model(CLIPTextModel, _part(source, "text_encoder"))
    try:
        tokenizer = AutoTokenizer.from_pretrained(source.location, subfolder="tokenizer", **source.options)
    except (OSError, ValueError) as error:
        raise MissingError(f"backbone {source.location} has no tokenizer") from error
    length = encoder.config.max_position_embeddings
    tokens = tokenizer("", padding="max_length", max_length=length, return_tensors="pt").input_ids
    return encoder(tokens)[0].clone()  # type: ignore[no-any-return]


def _part(source: Source, name: str) -> Source:
    return replace(source, options=source.options | {"subfolder": name})
