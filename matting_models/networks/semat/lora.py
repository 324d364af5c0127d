"""Low-rank adapters in the image encoder, through peft.

E. J. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022; SEMat paper, section 4.1.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from peft import LoraConfig, inject_adapter_in_model
from peft.tuners.tuners_utils import BaseTunerLayer
from torch import nn

from matting_models.networks.semat.config import Architecture

TARGETS = ["qkv", "proj"]
"""The linear layers that get adapters, as the authors: attention's input and output, and Hiera's shortcut between
stages, which bears the second name too."""

PATCH_EMBEDDING = "patch_embed.projection"
"""In the authors' code a layer of the second name as well, so that it got one without the paper saying so."""


def add_lora(
    encoder: nn.Module, rank: int = 16, alpha: int = 16, dropout: float = 0.1, architecture: Architecture = "paper"
) -> None:
    """Put trainable adapters into an image encoder, in place.

    At the start they add exactly nothing: B is zero, A Gaussian.

    Args:
        encoder: a transformers vision encoder of SAM, HQ-SAM or SAM2.
        rank: r.
        alpha: scale; the update is alpha / r B A.
        dropout: on the adapters' inputs, in training.
        architecture: ``released`` adapts the patch embedding too.
    """
    targets = TARGETS if architecture == "paper" else [*TARGETS, PATCH_EMBEDDING]
    config = LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=targets, init_lora_weights="gaussian"
    )
    inject_adapter_in_model(config, encoder)


@contextmanager
def adapters_off(encoder: nn.Module) -> Iterator[None]:
    """The encoder as it was before ``add_lora``."""
    layers = [module for module in encoder.modules() if isinstance(module, BaseTunerLayer)]
    # Setting the flag itself: peft's own switch also turns requires_grad off and on, under the optimiser's feet.
    for layer in layers:
        layer._disable_adapters = True
    try:
        yield
    finally:
        for layer in layers:
            layer._disable_adapters = False
