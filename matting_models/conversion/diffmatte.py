"""DiffMatte's released checkpoints (github.com/YihanHu-2022/DiffMatte): ViT-S, ViT-B, Swin-T and Res34.

The encoder and its size are told from the tensors.
"""

import argparse
from collections.abc import Mapping

from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.diffmatte.config import (
    HEAD,
    HEADS,
    PATCH,
    SWIN_HEAD,
    SWIN_HEADS,
    DiffMatteConfig,
    EncoderName,
)
from matting_models.networks.diffmatte.network import DiffMatte
from matting_models.networks.diffmatte.vit import GLOBAL
from matting_models.networks.fitting import fit

Renames = tuple[tuple[str, str], ...]
"""Parts of the authors' names, and what stands there in ours, one after the other."""

_BLOCK: Renames = (
    (".conv1.", ".first."),
    (".bn1.", ".first_norm."),
    (".conv2.", ".second."),
    (".bn2.", ".second_norm."),
)

_DECODER: Renames = (
    ("decoder.time_embed.", "decoder.time."),
    ("decoder.matting_head.matting_convs.", "decoder.head."),
    ("decoder.down_blks.", "decoder.down."),
    ("decoder.mid_blk.", "decoder.up.0."),
    *((f"decoder.up_blks.{i}.", f"decoder.up.{i + 1}.") for i in range(4)),
    (".emb_layers.0.", ".time."),
    (".downsample.op.", ".around."),
    (".upsample.conv.", ".around.1."),
    *_BLOCK,
)

_VIT: Renames = (
    ("backbone.patch_embed.proj.", "encoder.model.embeddings.projection."),
    ("backbone.pos_embed", "encoder.model.embeddings.position_embeddings"),
    ("backbone.blocks.", "encoder.model.encoder.layer."),
    (".attn.", ".attention."),
)

_SWIN: Renames = (
    ("backbone.patch_embed.proj.", "encoder.patches."),
    ("backbone.patch_embed.norm.", "encoder.norm."),
    *((f"backbone.layers.{i}.downsample.", f"encoder.merges.{i}.") for i in range(3)),
    (".reduction.", ".linear."),
    ("backbone.layers.", "encoder.stages."),
    (".blocks.", "."),
    (".relative_position_bias_table", ".bias"),
    (".attn.", ".attention."),
    (".mlp.fc1.", ".mlp.0."),
    (".mlp.fc2.", ".mlp.2."),
)

_RES34: Renames = (
    *((f"backbone.conv{i + 1}.", f"encoder.stem.{3 * i}.") for i in range(3)),
    *((f"backbone.bn{i + 1}.", f"encoder.stem.{3 * i + 1}.") for i in range(3)),
    *((f"backbone.layer{i + 1}.", f"encoder.stages.{i}.") for i in range(3)),
    ("backbone.layer_bottleneck.", "encoder.stages.3."),
    (".downsample.", ".around."),
    (".module.weight_bar", ".parametrizations.weight.original"),
    (".module.weight_u", ".parametrizations.weight.0._u"),
    (".module.weight_v", ".parametrizations.weight.0._v"),
    *_BLOCK,
)

_ENCODERS: dict[EncoderName, Renames] = {"vit-s": _VIT, "vit-b": _VIT, "swin-t": _SWIN, "res34": _RES34}

_WRAPPER = "model."
"""What the authors call the network in their wrapper."""

_COMPUTED = ".relative_position_index"
"""How the names of Swin's tables end that say which weight is for which distance."""


class DiffMatteConversion:
    """See ``matting_models.conversion.protocol.Conversion``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """What the sampler shall do, which checkpoints do not say."""
        parser.add_argument("--steps", type=int, default=10, help="of the sampler")
        parser.add_argument("--seed", type=int, default=0, help="of the noise that every matte starts from")

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """Every tensor is used but Swin's tables of distances."""
        found = {name.removeprefix(_WRAPPER): tensor for name, tensor in tensors.items()}
        if len(found) != len(tensors):
            raise InputError(f"{given.checkpoint} has tensors twice, with {_WRAPPER} before their names and without")
        config = _config(found, given)
        network = DiffMatte(config)
        theirs = {
            _renamed(name.removeprefix(_WRAPPER), config.encoder): name
            for name in tensors
            if not name.endswith(_COMPUTED)
        }
        kept = {name: tensors[their] for name, their in theirs.items()}
        fit(
            network.state_dict(),
            kept,
            f"{given.checkpoint} does not fit a DiffMatte of encoder {config.encoder}",
            theirs,
        )
        network.save_pretrained(given.out)
        return {name: "follows from the window's size" for name in tensors if name.endswith(_COMPUTED)}


def _renamed(name: str, encoder: EncoderName) -> str:
    for old, new in _DECODER if name.startswith("decoder.") else _ENCODERS[encoder]:
        name = name.replace(old, new)
    return name


def _config(found: Mapping[str, Tensor], given: argparse.Namespace) -> DiffMatteConfig:
    def size(name: str, axis: int) -> int:
        if name not in found or found[name].ndim < 2 or 0 in found[name].shape:
            raise InputError(f"{given.checkpoint} has no matrix {name}, expected a DiffMatte")
        return found[name].shape[axis]

    def config(encoder: EncoderName, width: float, side: int = 512) -> DiffMatteConfig:
        return DiffMatteConfig(encoder, width, side, given.steps, given.seed)

    if "backbone.pos_embed" in found:
        positions = f"backbone.blocks.{GLOBAL[0]}.attn.rel_pos_h"
        head = size(positions, 1)
        heads = size("backbone.pos_embed", -1) // head
        named: dict[int, EncoderName] = {count: name for name, count in HEADS.items()}
        if heads not in named:
            raise InputError(f"{given.checkpoint} has {heads} heads of attention, expected 6 (ViT-S) or 12 (ViT-B)")
        return config(named[heads], head / HEAD, (size(positions, 0) + 1) // 2 * PATCH)
    if "backbone.patch_embed.proj.weight" in found:
        return config("swin-t", size("backbone.patch_embed.proj.weight", 0) / (SWIN_HEADS * SWIN_HEAD))
    return config("res34", size("backbone.layer_bottleneck.0.conv1.module.weight_bar", 0) / 512)
