"""ViTMatte as its authors released it (github.com/hustvl/ViTMatte, written by detectron2), for transformers.

The names are mapped as in transformers' own conversion script, which makes the same configuration of the released
checkpoints; here all sizes are read off the tensors. The image settings beside the weights are those that the network
was trained with: that script leaves transformers' default, a mean and deviation of 0.5.
"""

import argparse
import math
from collections.abc import Mapping

from safetensors.torch import save
from torch import Tensor
from transformers import VitDetConfig, VitMatteConfig, VitMatteForImageMatting

from matting_models.backends.vitmatte import processor_class
from matting_models.errors import InputError
from matting_models.networks.fitting import fit
from matting_models.networks.revision import WEIGHTS_FILE
from pipelines.storage.files import write_whole

IMAGE_MEAN = [0.485, 0.456, 0.406]
IMAGE_STD = [0.229, 0.224, 0.225]
"""RGB of 0 to 1."""

_NAMES = (
    ("backbone.embeddings.position_embeddings", "backbone.pos_embed"),
    ("backbone.embeddings.projection", "backbone.patch_embed.proj"),
    ("backbone.encoder.layer", "backbone.blocks"),
    ("attention", "attn"),
    ("fusion_blocks", "fusion_blks"),
    ("batch_norm", "bn"),
)
"""Parts of transformers' names, and what the authors call them."""


class VitMatteConversion:
    """See ``matting_models.conversion.protocol.Conversion``."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Nothing: the checkpoint says all."""

    def convert(self, tensors: dict[str, Tensor], given: argparse.Namespace) -> Mapping[str, str]:
        """See ``matting_models.conversion.protocol.Conversion``; every tensor is used."""
        source = f"checkpoint {given.checkpoint}"
        model = VitMatteForImageMatting(config_of(tensors, source))
        state = {authors_name(name): tensor for name, tensor in model.state_dict().items()}
        fit(state, tensors, f"{source} is no whole ViTMatte")
        given.out.mkdir(parents=True, exist_ok=True)
        processor_class()(image_mean=IMAGE_MEAN, image_std=IMAGE_STD).save_pretrained(given.out)
        model.config.save_pretrained(given.out)
        write_whole(given.out / WEIGHTS_FILE, save(model.state_dict(), {"format": "pt"}))
        return {}


def authors_name(name: str) -> str:
    """What the authors call a tensor of transformers' ViTMatte."""
    for ours, theirs in _NAMES:
        name = name.replace(ours, theirs)
    return name


def config_of(tensors: Mapping[str, Tensor], source: str) -> VitMatteConfig:
    """The network's sizes.

    Args:
        tensors: of a checkpoint, by the authors' names; only their shapes are looked at.
        source: how messages begin.

    Raises:
        InputError: a tensor that tells them is missing, or has too few dimensions.
    """
    shapes = _Shapes(tensors, source)
    _, positions, width = shapes.of("backbone.pos_embed", 3)
    _, channels, _, patch = shapes.of("backbone.patch_embed.proj.weight", 4)
    blocks = len(shapes.of_each("backbone.blocks.{}.norm1.weight", 1))
    # The authors attend to the whole image exactly where they add a residual block of convolutions.
    whole = [i for i in range(blocks) if f"backbone.blocks.{i}.residual.conv1.weight" in tensors]
    windows = [i for i in range(blocks) if i not in whole]
    reach, head = shapes.of(f"backbone.blocks.{whole[0] if whole else 0}.attn.rel_pos_h", 2)
    window, _ = shapes.of(f"backbone.blocks.{windows[0] if windows else 0}.attn.rel_pos_h", 2)
    backbone = VitDetConfig(  # type: ignore[call-arg]
        num_channels=channels,
        hidden_size=width,
        num_hidden_layers=blocks,
        num_attention_heads=max(1, width // head),
        mlp_ratio=shapes.of("backbone.blocks.0.mlp.fc1.weight", 2)[0] // width,
        image_size=(reach + 1) // 2 * patch,
        pretrain_image_size=math.isqrt(positions - 1) * patch,
        patch_size=patch,
        window_size=(window + 1) // 2,
        window_block_indices=windows,
        residual_block_indices=whole,
        use_absolute_position_embeddings=True,
        use_relative_position_embeddings=True,
        out_features=[f"stage{blocks}"],
    )
    return VitMatteConfig(
        architectures=["VitMatteForImageMatting"],
        dtype="float32",
        backbone_config=backbone,
        hidden_size=width,
        convstream_hidden_sizes=[s[0] for s in shapes.of_each("decoder.convstream.convs.{}.conv.weight", 4)],
        fusion_hidden_sizes=[s[0] for s in shapes.of_each("decoder.fusion_blks.{}.conv.conv.weight", 4)],
    )


class _Shapes:
    """Shapes by name."""

    def __init__(self, tensors: Mapping[str, Tensor], source: str) -> None:
        self._tensors = tensors
        self._source = source

    def of(self, name: str, dimensions: int) -> tuple[int, ...]:
        if name not in self._tensors:
            raise InputError(f"{self._source} is of another network: it has no {name}, expected a ViTMatte's")
        shape = tuple(self._tensors[name].shape)
        if len(shape) != dimensions or 0 in shape:
            raise InputError(f"{self._source}: {name} is {shape}, expected {dimensions} dimensions, each above 0")
        return shape

    def of_each(self, name: str, dimensions: int) -> list[tuple[int, ...]]:
        """For every number from 0 on that can stand in a name; at least one."""
        shapes = [self.of(name.format(0), dimensions)]
        while name.format(len(shapes)) in self._tensors:
            shapes.append(self.of(name.format(len(shapes)), dimensions))
        return shapes
