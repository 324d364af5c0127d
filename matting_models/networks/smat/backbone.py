"""DINOv2 as transformers has it, of any size."""

from typing import Any

from matting_models.errors import InputError
from matting_models.networks.smat.config import SMatConfig
from matting_models.weights import load_model, locate, models_extra

with models_extra("SMat"):
    from transformers import Dinov2Config, Dinov2Model

MODEL_TYPE = "dinov2"
STANDARD = {"qkv_bias": True, "hidden_act": "gelu", "layer_norm_eps": 1e-6, "use_mask_token": True, "num_channels": 3}
"""What all sizes have in common, and a saved network's configuration does not say."""


def load_backbone(weights: str) -> tuple[Any, str]:
    """Load a DINOv2.

    Args:
        weights: hub name, such as ``facebook/dinov2-small``, or local folder.

    Returns:
        The model, and which weights it has.

    Raises:
        InputError: nothing there, or of another architecture, or damaged.
    """
    source = locate(weights, MODEL_TYPE)
    return load_model(Dinov2Model, source), source.revision


def empty_backbone(config: SMatConfig) -> Any:
    """A DINOv2 of a configuration's sizes, its weights at the library's random start."""
    return Dinov2Model(
        Dinov2Config(
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            mlp_ratio=config.mlp_ratio,
            use_swiglu_ffn=config.swiglu,
            patch_size=config.patch_size,
            image_size=config.position_side,
        )
    )


def sizes_of(model: Any, revision: str) -> dict[str, Any]:
    """What ``SMatConfig`` says of a backbone.

    Raises:
        InputError: its patches or its positions are not square, or it is unlike every released DINOv2.
    """
    config = model.config
    for name, expected in STANDARD.items():
        if (found := getattr(config, name, expected)) != expected:
            raise InputError(f"backbone {revision} has {name} {found!r}, expected {expected!r} as released ones have")
    return {
        "backbone": revision,
        "hidden_size": config.hidden_size,
        "layers": config.num_hidden_layers,
        "heads": config.num_attention_heads,
        "mlp_ratio": config.mlp_ratio,
        "swiglu": config.use_swiglu_ffn,
        "patch_size": _square(revision, "patch_size", config.patch_size),
        "position_side": _square(revision, "image_size", config.image_size),
    }


def _square(revision: str, name: str, value: Any) -> int:
    sides = {value} if isinstance(value, int) else set(value)
    if len(sides) != 1:
        raise InputError(f"backbone {revision} has {name} {list(value)}, expected a square")
    return int(sides.pop())
