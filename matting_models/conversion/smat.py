"""SMat's released weights (Ye et al., zixuan-ye/SmartMatting), whose backbone has the names of DINOv2's own code.

The file holds the whole network, backbone and all, and its shapes say of which size that is.
"""

import argparse
import math
import re
from collections.abc import Mapping

from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.fitting import fit
from matting_models.networks.saved import save_network
from matting_models.networks.smat.config import SMatConfig
from matting_models.networks.smat.network import SMatNet

HEAD_SIZE = 64
"""Channels of an attention head in every DINOv2."""

UNUSED = {
    "pixel_mean": "the mean colour, a constant here",
    "pixel_std": "the colours' spread, a constant here",
}

_NAMES = (
    (r"backbone\.cls_token", "backbone.embeddings.cls_token"),
    (r"backbone\.mask_token", "backbone.embeddings.mask_token"),
    (r"backbone\.pos_embed", "backbone.embeddings.position_embeddings"),
    (r"backbone\.patch_embed\.proj\.(\w+)", r"backbone.embeddings.patch_embeddings.projection.\1"),
    (r"backbone\.norm\.(\w+)", r"backbone.layernorm.\1"),
    (r"backbone\.blocks\.(\d+)\.(norm[12]\.\w+)", r"backbone.encoder.layer.\1.\2"),
    (r"backbone\.blocks\.(\d+)\.ls([12])\.gamma", r"backbone.encoder.layer.\1.layer_scale\2.lambda1"),
    (r"backbone\.blocks\.(\d+)\.attn\.proj\.(\w+)", r"backbone.encoder.layer.\1.attention.o_proj.\2"),
    (r"backbone\.blocks\.(\d+)\.mlp\.(fc[12]\.\w+)", r"backbone.encoder.layer.\1.mlp.\2"),
    (r"backbone\.blocks\.(\d+)\.mlp\.w12\.(\w+)", r"backbone.encoder.layer.\1.mlp.weights_in.\2"),
    (r"backbone\.blocks\.(\d+)\.mlp\.w3\.(\w+)", r"backbone.encoder.layer.\1.mlp.weights_out.\2"),
    (r"prompt_cross_attn\.layers\.0\.(.+)", r"cross_attention.\1"),
    (r"decoder\.convstream\.convs\.(\d+)\.conv\.(\w+)", r"decoder.stream.\1.0.\2"),
    (r"decoder\.convstream\.convs\.(\d+)\.bn\.(\w+)", r"decoder.stream.\1.1.\2"),
    (r"decoder\.fusion_blks\.(\d+)\.conv\.conv\.(\w+)", r"decoder.fusion.\1.0.\2"),
    (r"decoder\.fusion_blks\.(\d+)\.conv\.bn\.(\w+)", r"decoder.fusion.\1.1.\2"),
    (r"decoder\.matting_head\.matting_convs\.(.+)", r"decoder.head.\1"),
)
"""Theirs to ours, but for queries, keys and values, which are one matrix there."""

_JOINT = re.compile(r"backbone\.blocks\.(\d+)\.attn\.qkv\.(\w+)")


class SMatConversion:
    """See ``matting_models.conversion.protocol.Conversion``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Nothing: the file says it all."""

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """A folder as training writes it."""
        source = str(given.checkpoint)
        unused = {name: why for name, why in UNUSED.items() if name in tensors}
        wanted = {name: tensor for name, tensor in tensors.items() if name not in unused}
        network = SMatNet(config_of(wanted, source))
        fit(network.state_dict(), renamed(wanted, source), f"checkpoint {source} is no SMat")
        save_network(given.out, network.config, network)
        return unused


def config_of(tensors: Mapping[str, Tensor], source: str) -> SMatConfig:
    """The sizes that the shapes tell.

    Args:
        tensors: by the authors' names.
        source: the file, for messages.

    Raises:
        InputError: a tensor that tells them is missing, or of another number of dimensions.
    """

    def shape(name: str, dimensions: int) -> tuple[int, ...]:
        if name not in tensors:
            raise InputError(f"checkpoint {source} has no {name}, expected a whole SMat, its DINOv2 in it")
        found = tuple(tensors[name].shape)
        if len(found) != dimensions or not all(found):
            raise InputError(f"checkpoint {source} is no SMat: {name} is {found}, expected {dimensions} dimensions")
        return found

    hidden, _, patch, _ = shape("backbone.patch_embed.proj.weight", 4)
    grid = math.isqrt(shape("backbone.pos_embed", 3)[1] - 1)
    blocks = {found[1] for name in tensors if (found := re.match(r"backbone\.blocks\.(\d+)\.", name))}
    gated = "backbone.blocks.0.mlp.w12.weight" in tensors
    # A gated MLP is narrowed by the library, from the 4 of the giant's configuration.
    ratio = 4 if gated else shape("backbone.blocks.0.mlp.fc1.weight", 2)[0] // hidden
    return SMatConfig(
        backbone="dinov2@converted",
        hidden_size=hidden,
        layers=len(blocks),
        heads=max(1, hidden // HEAD_SIZE),
        mlp_ratio=ratio,
        swiglu=gated,
        patch_size=patch,
        position_side=grid * patch,
    )


def renamed(tensors: Mapping[str, Tensor], source: str) -> dict[str, Tensor]:
    """By our names.

    Raises:
        InputError: a name that the network does not have, or a joint tensor that is not of three parts.
    """
    found: dict[str, Tensor] = {}
    for name, tensor in tensors.items():
        if joint := _JOINT.fullmatch(name):
            place = f"backbone.encoder.layer.{joint[1]}.attention"
            if not tensor.ndim or not len(tensor) or len(tensor) % 3:
                raise InputError(f"checkpoint {source} is no SMat: {name} is {tuple(tensor.shape)}, not three parts")
            parts = zip("qkv", tensor.chunk(3), strict=True)
            found |= {f"{place}.{letter}_proj.{joint[2]}": part for letter, part in parts}
        else:
            found[_rename(name, source)] = tensor
    return found


def _rename(name: str, source: str) -> str:
    for pattern, ours in _NAMES:
        if found := re.fullmatch(pattern, name):
            return found.expand(ours)
    raise InputError(f"checkpoint {source} has {name}, which is no tensor of SMat")
