"""MatteFormer's Swin transformer, whose windows also attend to what the trimap's regions are like.

G. Park et al., "MatteFormer: Transformer-Based Image Matting via Prior-Tokens", CVPR 2022. Every block averages its
input over the unknown, the background and the foreground; these three prior tokens, and those of the stage's earlier
blocks, stand beside the tokens of every window.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad, scaled_dot_product_attention

from matting_models.networks.diffmatte.config import SWIN_HEADS, DiffMatteConfig

DEPTHS = (2, 2, 6, 2)
WINDOW = 7
PATCH = 4
INPUTS = 6
"""Red, green, blue, and the trimap's three classes."""
REGIONS = (1, 0, 2)
"""Classes in the order of their prior tokens."""
DROP_PATH = 0.3
"""Of the last block; rises from 0."""
FAR = -100.0
"""Added to the logits of tokens that are no neighbours in the picture."""
NO_AREA = 1e-9


class SwinEncoder(nn.Module):
    """Features of stride 32 from photo and trimap."""

    def __init__(self, config: DiffMatteConfig) -> None:
        super().__init__()
        channels = config.swin_channels
        rates = [DROP_PATH * i / (sum(DEPTHS) - 1) for i in range(sum(DEPTHS))]
        self.patches = nn.Conv2d(INPUTS, channels, PATCH, stride=PATCH)
        self.norm = nn.LayerNorm(channels)
        self.stages, self.merges = nn.ModuleList(), nn.ModuleList()
        for stage, depth in enumerate(DEPTHS):
            size, heads = channels * 2**stage, SWIN_HEADS * 2**stage
            self.stages.append(_Stage([_Block(size, heads, i, rates.pop(0)) for i in range(depth)]))
            if stage < len(DEPTHS) - 1:
                self.merges.append(_Merge(size))

    def forward(self, image: Tensor, trimap: Tensor) -> Tensor:
        """(B, C, H / 32, W / 32) from a normalised photo and a one-hot trimap, each (B, 3, H, W)."""
        x = self.norm(self.patches(torch.cat((image, trimap), dim=1)).permute(0, 2, 3, 1))
        regions = trimap[:, list(REGIONS), ::PATCH, ::PATCH]
        for number, stage in enumerate(self.stages):
            if number:
                x, regions = self.merges[number - 1](x), regions[:, :, ::2, ::2]
            x = stage(x, regions)
        features: Tensor = x.permute(0, 3, 1, 2)
        return features


class _Stage(nn.ModuleList):
    """Blocks of one size."""

    def forward(self, x: Tensor, regions: Tensor) -> Tensor:
        priors = x.new_empty(len(x), 0, x.shape[3])
        for block in self:
            x, priors = block(x, priors, regions)
        return x


class _Block(nn.Module):
    """The ``number``-th of its stage, from 0; every second one's windows are shifted by half of their size."""

    def __init__(self, channels: int, heads: int, number: int, drop_path: float) -> None:
        super().__init__()
        self.shift = number % 2 * (WINDOW // 2)
        self.drop_path = drop_path
        self.norm1, self.norm2 = nn.LayerNorm(channels), nn.LayerNorm(channels)
        self.attention = _Attention(channels, heads, len(REGIONS) * (number + 1))
        self.mlp = nn.Sequential(nn.Linear(channels, 4 * channels), nn.GELU(), nn.Linear(4 * channels, channels))

    def forward(self, x: Tensor, priors: Tensor, regions: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens and prior tokens.

        Args:
            x: (B, H, W, C).
            priors: (B, P, C), of the blocks before.
            regions: (B, 3, H, W) of 0 and 1.

        Returns:
            (B, H, W, C) and (B, P + 3, C).
        """
        sums = torch.einsum("bphw,bhwc->bpc", regions, x)
        priors = torch.cat((priors, sums / (regions.sum(dim=(2, 3))[:, :, None] + NO_AREA)), dim=1)
        attended, told = self._attend(self.norm1(x), self.norm1(priors))
        return self._finish(x, attended), self._finish(priors, told)

    def _finish(self, x: Tensor, attended: Tensor) -> Tensor:
        x = x + self._dropped(attended)
        return x + self._dropped(self.mlp(self.norm2(x)))

    def _dropped(self, branch: Tensor) -> Tensor:
        """Stochastic depth: samples lose the branch at random, the others' is enlarged in turn."""
        if not self.training:
            return branch
        kept = torch.rand(len(branch), *[1] * (branch.ndim - 1), device=branch.device) >= self.drop_path
        return branch * kept / (1 - self.drop_path)

    def _attend(self, x: Tensor, priors: Tensor) -> tuple[Tensor, Tensor]:
        _, height, width, _ = x.shape
        x = pad(x, (0, 0, 0, -width % WINDOW, 0, -height % WINDOW))
        rows, columns = x.shape[1:3]
        apart = None
        if self.shift:
            x = x.roll((-self.shift, -self.shift), dims=(1, 2))
            apart = _apart(rows, columns, self.shift, x.device)
        windows, told = self.attention(_windows(x), priors, apart)
        x = _picture(windows, rows, columns)
        if self.shift:
            x = x.roll((self.shift, self.shift), dims=(1, 2))
        return x[:, :height, :width], told


class _Attention(nn.Module):
    def __init__(self, channels: int, heads: int, priors: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(channels, 3 * channels), nn.Linear(channels, channels)
        distances = (2 * WINDOW - 1) ** 2
        self.bias = nn.Parameter(torch.empty(distances + priors, heads))
        nn.init.trunc_normal_(self.bias, std=0.02)
        to_priors = (distances + torch.arange(priors)).expand(WINDOW**2, -1)
        self.register_buffer("index", torch.cat((_distances(), to_priors), dim=1), persistent=False)
        self.index: Tensor

    def forward(self, windows: Tensor, priors: Tensor, apart: Tensor | None) -> tuple[Tensor, Tensor]:
        """Windows that have attended to themselves and to the prior tokens, and what these are then.

        Args:
            windows: (B, N, WINDOW^2, C).
            priors: (B, P, C).
            apart: (N, WINDOW^2, WINDOW^2), added to the logits; None for 0.
        """
        of_windows, of_priors = self.qkv(windows), self.qkv(priors)
        keys = torch.cat((of_windows, of_priors[:, None].expand(-1, windows.shape[1], -1, -1)), dim=2)
        query, key, value = (
            x.view(*x.shape[:3], self.heads, -1).transpose(2, 3)
            for x in (of_windows.chunk(3, dim=-1)[0], *keys.chunk(3, dim=-1)[1:])
        )
        bias = self.bias[self.index].permute(2, 0, 1)[None]
        if apart is not None:
            bias = bias + pad(apart, (0, priors.shape[1]))[:, None]
        summed = scaled_dot_product_attention(query, key, value, attn_mask=bias.to(query.dtype))
        told: Tensor = self.proj(of_priors.chunk(3, dim=-1)[2])
        return self.proj(summed.transpose(2, 3).flatten(3)), told


class _Merge(nn.Module):
    """Halves the sides and doubles the channels."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(4 * channels)
        self.linear = nn.Linear(4 * channels, 2 * channels, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, H, W, C), H and W even."""
        four = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        merged: Tensor = self.linear(self.norm(torch.cat(four, dim=3)))
        return merged


def _windows(x: Tensor) -> Tensor:
    """(B, H, W, C), multiples of the window, to (B, N, WINDOW^2, C)."""
    batch, rows, columns, channels = x.shape
    cells = x.reshape(batch, rows // WINDOW, WINDOW, columns // WINDOW, WINDOW, channels)
    return cells.transpose(2, 3).reshape(batch, -1, WINDOW**2, channels)


def _picture(windows: Tensor, rows: int, columns: int) -> Tensor:
    """The way back."""
    batch, channels = len(windows), windows.shape[3]
    cells = windows.reshape(batch, rows // WINDOW, columns // WINDOW, WINDOW, WINDOW, channels)
    return cells.transpose(2, 3).reshape(batch, rows, columns, channels)


def _apart(rows: int, columns: int, shift: int, device: torch.device) -> Tensor:
    """(N, WINDOW^2, WINDOW^2): 0 for tokens that were neighbours before the shift, ``FAR`` for others."""
    down, across = (_bands(length, shift, device) for length in (rows, columns))
    part = 3 * down[:, None] + across
    parts = _windows(part[None, :, :, None])[0, :, :, 0]
    return torch.where(parts[:, None] == parts[:, :, None], 0.0, FAR)


def _bands(length: int, shift: int, device: torch.device) -> Tensor:
    """(length,): 0, in the last window 1, and 2 for what the shift has brought from the other end."""
    place = torch.arange(length, device=device)
    return (place >= length - WINDOW).int() + (place >= length - shift).int()


def _distances() -> Tensor:
    """(WINDOW^2, WINDOW^2): which number of the table stands for how far a token is from another, down and across."""
    places = torch.cartesian_prod(torch.arange(WINDOW), torch.arange(WINDOW))
    down, across = (places[:, None] - places[None] + WINDOW - 1).unbind(dim=2)
    return (2 * WINDOW - 1) * down + across
