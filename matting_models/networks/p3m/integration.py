"""What passes between encoder and decoders (P3M paper, section 4: TFI, sBFI and dBFI)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class TripartiteIntegration(nn.Module):
    """TFI: features of both decoders and of the encoder, projected alike, as one.

    Args:
        channels: of each.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.project = _project(channels, channels // 2)
        self.join = _join(channels // 2 * 3, channels)

    def forward(self, semantic: Tensor, details: Tensor, encoded: Tensor) -> Tensor:
        """(B, channels, h, w) each."""
        joined: Tensor = self.join(torch.cat([self.project(each) for each in (semantic, details, encoded)], dim=1))
        return joined


class ShallowIntegration(nn.Module):
    """sBFI: what the encoder saw at full size is added to details.

    Args:
        channels: of the details.
        full: of the encoder at full size.
        stride: between full size and the details'.
    """

    def __init__(self, channels: int, full: int, stride: int) -> None:
        super().__init__()
        self.project = _project(channels, channels // 2)
        self.project_full = _project(full, channels // 2)
        self.pool = nn.MaxPool2d(2, stride=stride)  # of 2 x 2 whatever the stride, as in the authors' code
        self.join = _join(channels // 2 * 2, channels)

    def forward(self, details: Tensor, full: Tensor) -> Tensor:
        """(B, channels, h, w) and (B, full, stride h, stride w)."""
        both = torch.cat([self.project(details), self.project_full(self.pool(full))], dim=1)
        joined: Tensor = self.join(both) + details
        return joined


class DeepIntegration(nn.Module):
    """dBFI: what the encoder saw last is added to semantic features; from both, the classes are guessed already.

    Args:
        channels: of the semantic features.
        deepest: of the encoder at its last level.
        classes: to tell apart.
    """

    def __init__(self, channels: int, deepest: int, classes: int) -> None:
        super().__init__()
        self.project = _project(channels, channels // 2)
        self.project_deepest = _project(deepest, channels // 2)
        self.join = _join(channels // 2 * 2, channels)
        self.side = nn.Conv2d(channels, classes, 3, padding=1, bias=False)

    def forward(self, semantic: Tensor, deepest: Tensor) -> tuple[Tensor, Tensor]:
        """(B, channels, h, w) and (B, deepest, H / 32, W / 32) to features and logits, both of h and w."""
        enlarged = enlarge(self.project_deepest(deepest), (semantic.shape[2], semantic.shape[3]))
        joined = self.join(torch.cat([self.project(semantic), enlarged], dim=1)) + semantic
        return joined, self.side(joined)


def enlarge(features: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinearly."""
    return F.interpolate(features, size=size, mode="bilinear", align_corners=False)


def _project(inputs: int, outputs: int) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 1, bias=False)


def _join(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU())
