"""ResNet-34 that halves by pooling alone, and remembers where each maximum stood."""

from dataclasses import dataclass
from typing import Any

from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.resnet import load_resnet
from matting_models.weights import models_extra

with models_extra("P3M-Net"):
    import torch
    from torch import Tensor, nn
    from transformers import ResNetConfig, ResNetModel

DEPTHS = (3, 4, 6, 3)
EMBEDDING = 64
HIDDEN = (64, 128, 256, 512)


def resnet_config(config: P3MConfig) -> ResNetConfig:
    """ResNet-34 with a share of its channels."""
    return ResNetConfig(
        num_channels=3,
        embedding_size=config.channels(EMBEDDING),
        hidden_sizes=[config.channels(each) for each in HIDDEN],
        depths=list(DEPTHS),
        layer_type="basic",
        hidden_act="relu",
        downsample_in_first_stage=False,
    )


def load_backbone(weights: str, config: P3MConfig) -> tuple[ResNetModel, str]:
    """An ordinary ResNet-34 with its pretrained weights, and ``NAME@DIGEST or commit``.

    Raises:
        InputError: nothing there, or damaged, or a ResNet of other sizes.
    """
    return load_resnet(weights, resnet_config(config), f"P3M-Net of width {config.width:g}", 34)


@dataclass(frozen=True, slots=True)
class Encoded:
    """Features of a batch.

    Attributes:
        full: (B, C0, H, W).
        levels: at 1/2, 1/4, 1/8, 1/16 and 1/32 of the sides.
        indices: of the same, where the pooled maxima stood.
    """

    full: Tensor
    levels: list[Tensor]
    indices: list[Tensor]


class Encoder(nn.Module):
    """The stages of a ResNet, a pooling in the place of each stride.

    Args:
        resnet: of three input channels; its parts are taken over and changed.
    """

    def __init__(self, resnet: ResNetModel) -> None:
        super().__init__()
        self.stem = resnet.embedder.embedder
        self.stem.convolution = _widened(self.stem.convolution)
        self.stages = resnet.encoder.stages
        for stage in self.stages:
            _keep_size(stage)
        self.pool = nn.MaxPool2d(3, stride=2, padding=1, return_indices=True)

    def forward(self, x: Tensor) -> Encoded:
        """(B, 4, H, W): the normalised photo, and the coarse alpha; H and W multiples of 32."""
        full = self.stem(x)
        half, at = self.pool(full)
        levels, indices = [half], [at]
        for stage in self.stages:
            pooled, at = self.pool(levels[-1])
            levels.append(stage(pooled))
            indices.append(at)
        return Encoded(full, levels, indices)


def _widened(convolution: nn.Conv2d) -> nn.Conv2d:
    """At stride 1, and with a fourth input channel, which is seen as a grey picture was.

    Its weights could begin at zero, but at P3M's learning rate they would stay near it for thousands of steps.
    """
    wide = nn.Conv2d(4, convolution.out_channels, 7, padding=3, bias=False, device=convolution.weight.device)
    with torch.no_grad():
        wide.weight.copy_(torch.cat([convolution.weight, convolution.weight.mean(dim=1, keepdim=True)], dim=1))
    return wide


def _keep_size(stage: Any) -> None:
    first = stage.layers[0]
    first.layer[0].convolution.stride = (1, 1)
    if not isinstance(first.shortcut, nn.Identity):
        first.shortcut.convolution.stride = (1, 1)
