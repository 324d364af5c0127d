"""CLIP's two towers as transformers has them, brought to patches of 16 pixels and to the network's side."""

from dataclasses import dataclass
from typing import Any

from matting_models.errors import InputError
from matting_models.networks.clipmat.config import PATCH, CLIPMatConfig, Setting
from matting_models.networks.clipmat.resizing import resize_patches, resize_positions
from matting_models.networks.clipmat.tokens import Tokens
from matting_models.weights import load_model, locate, models_extra

with models_extra("CLIPMat"):
    from torch import nn
    from transformers import CLIPModel, CLIPTextConfig, CLIPTextModel, CLIPVisionConfig, CLIPVisionModel

MODEL_TYPE = "clip"
STANDARD = {"layer_norm_eps": 1e-5, "attention_dropout": 0.0}
"""What all sizes have in common, and a saved network's configuration does not say."""


@dataclass(frozen=True, slots=True)
class Backbone:
    """A loaded CLIP.

    Attributes:
        image, text: its towers.
        tokens: how texts become numbers.
        revision: which weights it has.
    """

    image: Any
    text: Any
    tokens: Tokens
    revision: str


def load_backbone(weights: str, length: int) -> Backbone:
    """Load a CLIP.

    Args:
        weights: hub name, such as ``openai/clip-vit-base-patch16``, or local folder.
        length: tokens of a text.

    Raises:
        InputError: nothing there, or of another architecture, or damaged.
    """
    source = locate(weights, MODEL_TYPE)
    model, tokens = load_model(CLIPModel, source), Tokens.of_backbone(source, length)
    # Where its files are missing, transformers makes a tokenizer that knows nothing.
    if tokens.size != (expected := model.config.text_config.vocab_size):
        raise InputError(
            f"weights {weights} have a tokenizer of {tokens.size} tokens, expected {expected}: vocab.json and "
            "merges.txt are missing or of another model"
        )
    return Backbone(model.vision_model, model.text_model, tokens, source.revision)


def empty_image_tower(config: CLIPMatConfig) -> Any:
    """Of a configuration's sizes, its weights at the library's random start."""
    made = CLIPVisionConfig(
        hidden_size=config.hidden_size,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        intermediate_size=config.mlp,
        hidden_act=config.activation,
        patch_size=PATCH,
        image_size=config.side,
    )
    return _inner(CLIPVisionModel(made), "vision_model")


def empty_text_tower(config: CLIPMatConfig) -> Any:
    """The same of texts."""
    made = CLIPTextConfig(
        vocab_size=config.vocabulary,
        hidden_size=config.text_size,
        num_hidden_layers=config.text_layers,
        num_attention_heads=config.text_heads,
        intermediate_size=config.text_mlp,
        hidden_act=config.activation,
        max_position_embeddings=config.positions,
        bos_token_id=None,
        eos_token_id=None,
        pad_token_id=None,
    )
    return _inner(CLIPTextModel(made), "text_model")


def fill_towers(image: nn.Module, text: nn.Module, backbone: Backbone) -> None:
    """Copy a backbone's weights into towers of its sizes.

    Patches become 16 pixels wide, and positions as many as the tower's.
    """
    state = dict(_inner(backbone.image, "vision_model").state_dict())
    patches, positions = "embeddings.patch_embedding.weight", "embeddings.position_embedding.weight"
    state[patches] = resize_patches(state[patches], PATCH)
    state[positions] = resize_positions(state[positions], len(image.state_dict()[positions]))
    image.load_state_dict(state)
    text.load_state_dict(_inner(backbone.text, "text_model").state_dict())


def config_of(backbone: Backbone, setting: Setting, width: float, side: int) -> CLIPMatConfig:
    """What a network on a backbone is built from.

    Raises:
        InputError: the backbone is unlike every released CLIP, or too small for the setting.
    """
    image, text = backbone.image.config, backbone.text.config
    for config in (image, text):
        for name, expected in STANDARD.items():
            if (found := getattr(config, name)) != expected:
                raise InputError(f"backbone {backbone.revision} has {name} {found!r}, expected {expected!r}")
    if image.hidden_act != text.hidden_act:
        raise InputError(f"backbone {backbone.revision} has towers of {image.hidden_act} and of {text.hidden_act}")
    return CLIPMatConfig(
        backbone=backbone.revision,
        hidden_size=image.hidden_size,
        layers=image.num_hidden_layers,
        heads=image.num_attention_heads,
        mlp=image.intermediate_size,
        text_size=text.hidden_size,
        text_layers=text.num_hidden_layers,
        text_heads=text.num_attention_heads,
        text_mlp=text.intermediate_size,
        vocabulary=text.vocab_size,
        positions=text.max_position_embeddings,
        end=backbone.tokens.end,
        activation=image.hidden_act,
        setting=setting,
        width=width,
        side=side,
    )


def _inner(model: Any, name: str) -> Any:
    """The tower itself, which transformers before 5 wraps."""
    return getattr(model, name, model)
