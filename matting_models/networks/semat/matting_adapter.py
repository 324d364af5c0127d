"""Matting tokens and matting adapter (SEMat paper, section 4.1 and Algorithm 1)."""

from copy import deepcopy

import torch
from torch import Tensor, nn

from matting_models.networks.semat.backbone import MATTING_TOKENS, Backbone, Decoded, Features
from matting_models.networks.semat.channel_norm import ChannelNorm
from matting_models.networks.semat.token_mlp import TokenMLP


def _mean_token(mask_tokens: Tensor) -> nn.Embedding:
    """Matting tokens that all start as the mean of the backbone's mask tokens, as the authors' do.

    The losses tell them apart from the first step on: each stands for another class.
    """
    tokens = nn.Embedding(MATTING_TOKENS, mask_tokens.shape[1])
    with torch.no_grad():
        tokens.weight.copy_(mask_tokens.mean(dim=0, keepdim=True).expand(MATTING_TOKENS, -1))
    return tokens


def _masks(weights: Tensor, features: Tensor) -> Tensor:
    """(B, n, C) weights and (B, C, h, w) features to (B, n, h, w) logits."""
    return torch.einsum("bnc,bchw->bnhw", weights, features)


class VitMattingAdapter(nn.Module):
    """For SAM and HQ-SAM: f_mat = Conv(f_sam) + UpConv(f_0) + UpConv(f_3), one perceptron for the three tokens.

    Args:
        backbone: gives widths and SAM's mask tokens.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        width, shallow = backbone.width, backbone.level_widths[0]
        self.tokens = _mean_token(backbone.model.mask_decoder.mask_tokens.weight)
        self.mlp = TokenMLP(width)
        self.from_shallow = nn.Sequential(
            nn.ConvTranspose2d(shallow, width, 2, 2),
            ChannelNorm(width),
            nn.GELU(),
            nn.ConvTranspose2d(width, width // 8, 2, 2),
        )
        self.from_deep = nn.Sequential(
            nn.ConvTranspose2d(width, width // 4, 2, 2),
            ChannelNorm(width // 4),
            nn.GELU(),
            nn.ConvTranspose2d(width // 4, width // 8, 2, 2),
        )
        self.from_upscaled = nn.Sequential(
            nn.Conv2d(width // 8, width // 4, 3, 1, 1),
            ChannelNorm(width // 4),
            nn.GELU(),
            nn.Conv2d(width // 4, width // 8, 3, 1, 1),
        )

    def forward(self, decoded: Decoded, features: Features) -> Tensor:
        """Matting logits (B, 3, 4h, 4w): background, unknown, foreground."""
        assert features.shallow is not None
        shallow = self.from_shallow(features.shallow.permute(0, 3, 1, 2))
        mask_features = self.from_upscaled(decoded.upscaled) + self.from_deep(features.deep) + shallow
        return _masks(self.mlp(decoded.tokens), mask_features)


class HieraMattingAdapter(nn.Module):
    """For SAM2: a trainable copy of the upscaler with its high-resolution shortcuts, a perceptron for each token.

    Args:
        backbone: gives widths and the modules that are copied.
    """

    def __init__(self, backbone: Backbone) -> None:
        super().__init__()
        decoder = backbone.model.mask_decoder
        self.tokens = _mean_token(decoder.mask_tokens.weight)
        self.mlps = nn.ModuleList(deepcopy(decoder.output_hypernetworks_mlps[0]) for _ in range(MATTING_TOKENS))
        self.upscale_conv1 = deepcopy(decoder.upscale_conv1)
        self.upscale_norm = deepcopy(decoder.upscale_layer_norm)
        self.upscale_conv2 = deepcopy(decoder.upscale_conv2)
        self.activation = nn.GELU()
        self.requires_grad_(True)

    def forward(self, decoded: Decoded, features: Features) -> Tensor:
        """Matting logits (B, 3, 4h, 4w): background, unknown, foreground."""
        fine, middle = features.high_resolution
        half = self.activation(self.upscale_norm(self.upscale_conv1(decoded.image) + middle))
        mask_features = self.activation(self.upscale_conv2(half) + fine)
        weights = torch.stack([mlp(decoded.tokens[:, i]) for i, mlp in enumerate(self.mlps)], dim=1)
        return _masks(weights, mask_features)
