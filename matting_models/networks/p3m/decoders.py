"""Where the foreground is, and what its edges are like."""

from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.p3m.encoder import Encoded
from matting_models.networks.p3m.integration import (
    DeepIntegration,
    ShallowIntegration,
    TripartiteIntegration,
    enlarge,
)

CLASSES = 3
STAGES = ((512, 256), (256, 128), (128, 64), (64, 64))
"""Channels into and out of either decoder's stages, the deepest first."""


@dataclass(frozen=True, slots=True)
class Semantic:
    """What the semantic decoder says.

    Attributes:
        logits: (B, 3, H, W): background, unknown, foreground.
        sides: the same three times, from coarser features, the coarsest first.
        guidance: features at 1/16, 1/8, 1/4 and 1/2 of the sides.
    """

    logits: Tensor
    sides: list[Tensor]
    guidance: list[Tensor]


class SemanticDecoder(nn.Module):
    """P3M-Net's global decoder: from the deepest level up, which each of the last three stages sees again."""

    def __init__(self, config: P3MConfig) -> None:
        super().__init__()
        deepest, last = config.channels(512), config.channels(64)
        self.stages = nn.ModuleList(_stage(config, *each) for each in STAGES)
        self.last = nn.Sequential(*_layer(last, last), *_layer(last, last), nn.Conv2d(last, CLASSES, 3, padding=1))
        self.deep = nn.ModuleList(
            DeepIntegration(config.channels(channels), deepest, CLASSES) for channels in (128, 64, 64)
        )

    def forward(self, encoded: Encoded) -> Semantic:
        """What ``Encoder`` gives, to classes of the photo's size."""
        deepest, size = encoded.levels[-1], (encoded.full.shape[2], encoded.full.shape[3])
        x, guidance, sides = deepest, [], []
        for stage in self.stages[:2]:
            x = _twice(stage(x))
            guidance.append(x)
        for stage, deep in zip([*self.stages[2:], self.last], self.deep, strict=True):
            x, side = deep(x, deepest)
            sides.append(enlarge(side, size))
            x = _twice(stage(x))
            guidance.append(x)
        return Semantic(guidance.pop(), sides, guidance)


class DetailsDecoder(nn.Module):
    """P3M-Net's local decoder: values go back to where the encoder's maxima stood."""

    def __init__(self, config: P3MConfig) -> None:
        super().__init__()
        full = config.channels(64)
        self.stages = nn.ModuleList(_stage(config, *each) for each in STAGES)
        self.last = nn.Sequential(*_layer(full, full), *_layer(full, full))
        self.tripartite = nn.ModuleList(TripartiteIntegration(config.channels(each)) for each in (256, 128, 64, 64))
        self.shallow = nn.ModuleList(
            ShallowIntegration(config.channels(channels), full, stride)
            for channels, stride in ((128, 8), (64, 4), (64, 2))
        )
        self.head = nn.Conv2d(full, 1, 3, padding=1)

    def forward(self, encoded: Encoded, guidance: list[Tensor]) -> Tensor:
        """What ``Encoder`` and ``SemanticDecoder`` give, to alpha: (B, 1, H, W) float32 in [0, 1]."""
        *levels, deepest = encoded.levels
        *indices, at = encoded.indices
        first, *stages = [*self.stages, self.last]
        x = _unpool(first(deepest), at)
        for number, (stage, join) in enumerate(zip(stages, self.tripartite, strict=True)):
            x = join(guidance[number], x, levels.pop())
            if number:
                x = self.shallow[number - 1](x, encoded.full)
            x = _unpool(stage(x), indices.pop())
        alpha: Tensor = self.head(x).float().sigmoid()
        return alpha


def _stage(config: P3MConfig, inputs: int, outputs: int) -> nn.Sequential:
    before, after = config.channels(inputs), config.channels(outputs)
    return nn.Sequential(*_layer(before, before), *_layer(before, before), *_layer(before, after))


def _layer(inputs: int, outputs: int) -> tuple[nn.Module, ...]:
    return nn.Conv2d(inputs, outputs, 3, padding=1), nn.BatchNorm2d(outputs), nn.ReLU()


def _twice(x: Tensor) -> Tensor:
    return enlarge(x, (2 * x.shape[2], 2 * x.shape[3]))


def _unpool(x: Tensor, indices: Tensor) -> Tensor:
    """Twice the size; 0 where no maximum stood. Of windows that share one, the last says what stands there."""
    return F.max_unpool2d(x, indices, kernel_size=[2, 2], stride=[2, 2])
