"""Light-weight non-local attention: alpha features reassembled by likeness of image features (equations 2 to 5).

Every position of the features asks, positions of a four times smaller map answer. How sharply a position asks depends
on whether its alpha is unknown and on how much of the picture is.
"""

import math

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

RATE = 4
"""Stride of the convolution that makes keys and values from features."""
SHARPEST = 10.0
DROPOUT = 0.1


def query_weights(unknown: Tensor) -> Tensor:
    """What queries are multiplied with: w = clip(sqrt(|U| / |K|), 0.1, 10) where unknown, its inverse where known.

    Args:
        unknown: (B, 1, H, W) bool; U is where it is true, K the rest, each sample by itself. Either may be empty.

    Returns:
        (B, 1, H, W) float32.
    """
    share = unknown.float().mean(dim=(1, 2, 3), keepdim=True)
    weight = (share / (1 - share)).sqrt().clamp(1 / SHARPEST, SHARPEST)
    return torch.where(unknown, weight, 1 / weight)


def attend(query: Tensor, key: Tensor, value: Tensor, weights: Tensor, dimension: int) -> Tensor:
    """For every query the mean of the values, weighed by the softmax over keys of w q k / sqrt(dimension / 2).

    The matrix of all weights is never held in memory, save by torch's plain fallback.

    Args:
        query: (B, C, H, W).
        key, value: (B, C, h, w).
        weights: (B, 1, H, W), ``query_weights``.
        dimension: d, the channels of the features that the query was made from.

    Returns:
        (B, C, H, W).
    """
    asked = query * weights.to(query.dtype)
    rows, keys, values = (x.flatten(2).transpose(1, 2).unsqueeze(1).contiguous() for x in (asked, key, value))
    summed = scaled_dot_product_attention(rows, keys, values, scale=1 / math.sqrt(dimension / 2))
    return summed.squeeze(1).transpose(1, 2).reshape(query.shape)


class NonLocalAttention(nn.Module):
    """The block. Its 25,984 parameters at 128 and 32 channels are those of the paper's Table 6.

    Args:
        channels: of image and alpha features.
        inner: of queries, keys and values.
    """

    def __init__(self, channels: int, inner: int) -> None:
        super().__init__()
        self.theta = nn.Conv2d(channels, inner, 1)
        self.phi = nn.Conv2d(channels, inner, 1)
        self.g = nn.Conv2d(channels, inner, 1)
        self.downscale = nn.Conv2d(inner, inner, 3, stride=RATE, padding=1)
        self.out = nn.Conv2d(inner, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)
        self.dropout = nn.Dropout(DROPOUT)
        nn.init.constant_(self.norm.weight, 1e-3)  # begins close to the identity, as in GCA

    def forward(self, image: Tensor, alpha: Tensor, unknown: Tensor) -> Tensor:
        """Alpha features with what attention adds to them.

        Args:
            image, alpha: (B, channels, H, W), sides multiples of ``RATE``.
            unknown: (B, 1, H, W) bool.
        """
        key, value = self.downscale(self.phi(image)), self.downscale(self.g(alpha))
        summed = attend(self.theta(image), key, value, query_weights(unknown), image.shape[1])
        output: Tensor = alpha + self.norm(self.out(self.dropout(summed)))
        return output
