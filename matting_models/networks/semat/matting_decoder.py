"""The U-shaped matting decoder (SEMat paper, section 4.1 and appendix A.2, sizes of Table 7)."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.networks.semat.backbone import MATTING_TOKENS, Features

LOGIT_SCALE = 6.5
"""Matting logits are divided by this before they stand beside the image."""

STEM_KERNEL = 13
DOWN_KERNEL = 5
UP_KERNEL = 3


def _norm_gelu(channels: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(channels), nn.GELU()]


def _conv(inside: int, outside: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inside, outside, kernel, stride, kernel // 2)


def _residual_pair(first: nn.Module, channels: int, kernel: int) -> list[nn.Module]:
    """Two residual blocks' worth of convolutions; ``first`` changes the resolution."""
    layers: list[nn.Module] = [first, *_norm_gelu(channels), _conv(channels, channels, kernel)]
    layers += [*_norm_gelu(channels), _conv(channels, channels, kernel)]
    layers += [*_norm_gelu(channels), _conv(channels, channels, kernel), nn.BatchNorm2d(channels)]
    return layers


class DownBlock(nn.Module):
    """Half the resolution: two residual 5x5 blocks beside a strided convolution."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        self.main = nn.Sequential(*_residual_pair(_conv(inside, outside, DOWN_KERNEL, 2), outside, DOWN_KERNEL))
        self.shortcut = _conv(inside, outside, DOWN_KERNEL, 2)

    def forward(self, x: Tensor) -> Tensor:
        return F.gelu(self.main(x) + self.shortcut(x))


class UpBlock(nn.Module):
    """Twice the resolution: two residual blocks beside a bilinear shortcut."""

    def __init__(self, inside: int, outside: int) -> None:
        super().__init__()
        first = nn.ConvTranspose2d(inside, outside, 2, 2)
        self.main = nn.Sequential(*_residual_pair(first, outside, UP_KERNEL))
        self.shortcut = _conv(inside, outside, UP_KERNEL)

    def forward(self, x: Tensor) -> Tensor:
        larger = F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
        return F.gelu(self.main(x) + self.shortcut(larger))


class VitFusion(nn.Module):
    """Four levels of a plain ViT, each 1x1 to a quarter of its width, side by side, 3x3 to the bottom's width."""

    side_widths: tuple[int, ...] = (0, 0, 0, 0)

    def __init__(self, widths: Sequence[int], bottom: int) -> None:
        super().__init__()
        self.reduce = nn.ModuleList(nn.Conv2d(width, width // len(widths), 1) for width in widths)
        joined = sum(width // len(widths) for width in widths)
        self.join = nn.Sequential(_conv(joined, bottom, 3), *_norm_gelu(bottom))
        self.merge = nn.Sequential(nn.Conv2d(2 * bottom, bottom, 1), *_norm_gelu(bottom))

    def sides(self, features: Features) -> tuple[Tensor | None, ...]:
        """Nothing joins on the way down."""
        return (None,) * len(self.side_widths)

    def forward(self, down: Tensor, features: Features) -> Tensor:
        levels = [reduce(level) for reduce, level in zip(self.reduce, features.levels, strict=True)]
        joined = self.join(torch.cat(levels, dim=1))
        bottom: Tensor = self.merge(torch.cat([down, joined], dim=1))
        return bottom


class HieraFusion(nn.Module):
    """SAM2's features: two high-resolution ones join on the way down, coarse ones at the bottom.

    The coarse ones are the pyramid's four levels, as for SAM. The authors' code creates the 3x3 convolution over four
    levels (2.4 M of Table 7's 14.6 M) but feeds only the image embedding in (docs/decisions.md).

    Args:
        widths: channels of the levels; none for the image embedding alone.
        bottom: channels at the bottom.
        decoder_width: C, of the image embedding.
    """

    def __init__(self, widths: Sequence[int], bottom: int, decoder_width: int) -> None:
        super().__init__()
        fine, middle = decoder_width // 8, decoder_width // 4
        self.side_widths = (0, 0, fine, middle)
        self.fine = nn.Sequential(nn.Conv2d(fine, fine, 1), *_norm_gelu(fine))
        self.middle = nn.Sequential(nn.Conv2d(middle, middle, 1), *_norm_gelu(middle))
        self.join = nn.Sequential(_conv(sum(widths), bottom, 3), *_norm_gelu(bottom)) if widths else None
        self.deep = nn.Sequential(nn.Conv2d(bottom if widths else decoder_width, bottom, 1), *_norm_gelu(bottom))
        self.merge = nn.Sequential(_conv(2 * bottom, bottom, 3), *_norm_gelu(bottom))

    def sides(self, features: Features) -> tuple[Tensor | None, ...]:
        """What joins the input of each down block."""
        fine, middle = features.high_resolution
        return None, None, self.fine(fine), self.middle(middle)

    def forward(self, down: Tensor, features: Features) -> Tensor:
        coarse = features.deep if self.join is None else self.join(self._levels(features, down.shape[-2:]))
        bottom: Tensor = self.merge(torch.cat([down, self.deep(coarse)], dim=1))
        return bottom

    def _levels(self, features: Features, size: torch.Size) -> Tensor:
        return torch.cat(
            [F.interpolate(x, size=size, mode="bilinear", align_corners=False) for x in features.levels], dim=1
        )


class MattingDecoder(nn.Module):
    """Image and matting logits in, alpha out, at the image's own resolution.

    Stem of two 13x13 convolutions; four down blocks; the backbone's features join at the bottom; four up blocks whose
    inputs are summed with the down blocks' outputs.

    Args:
        fusion: how the backbone's features join.
        channels: of the four down blocks; (32, 64, 128, 256) in the paper.
    """

    def __init__(self, fusion: VitFusion | HieraFusion, channels: Sequence[int] = (32, 64, 128, 256)) -> None:
        super().__init__()
        first = channels[0]
        self.stem = nn.Sequential(
            _conv(3 + MATTING_TOKENS, first // 2, STEM_KERNEL),
            *_norm_gelu(first // 2),
            _conv(first // 2, first, STEM_KERNEL),
            *_norm_gelu(first),
        )
        inside = [first, *channels[:-1]]
        sides = fusion.side_widths
        self.down = nn.ModuleList(DownBlock(i + side, o) for i, side, o in zip(inside, sides, channels, strict=True))
        self.fusion = fusion
        outside = [*reversed(channels[:-1]), first // 2]
        self.up = nn.ModuleList(UpBlock(i, o) for i, o in zip(reversed(channels), outside, strict=True))
        self.head = _conv(first // 2, 1, 3)

    def forward(self, pixels: Tensor, matting_logits: Tensor, features: Features) -> Tensor:
        """Alpha before the sigmoid.

        Args:
            pixels: (B, 3, S, S) normalised RGB.
            matting_logits: (B, 3, S, S), upsampled.
            features: the backbone's.

        Returns:
            (B, 1, S, S) logits.
        """
        x = self.stem(torch.cat([pixels, matting_logits / LOGIT_SCALE], dim=1))
        details = []
        for block, side in zip(self.down, self.fusion.sides(features), strict=True):
            x = block(x if side is None else torch.cat([x, side], dim=1))
            details.append(x)
        x = self.fusion(x, features)
        for block, detail in zip(self.up, reversed(details), strict=True):
            x = block(x + detail)
        alpha: Tensor = self.head(x)
        return alpha
