"""Where in the photo the text's entity is: text-driven semantic pop-up, and the matting semantic decoder."""

import torch.nn.functional as F
from torch import Tensor, nn

from matting_models.networks.smat.decoder import convolution
from matting_models.networks.width import scaled

ALIGNED, POPPED, DECODED = 256, 64, 32
"""Channels of aligned features, of what pops up, and of the decoder."""
HEADS, DROPOUT = 4, 0.1
CLASSES = 3
"""Background, unknown, foreground."""
UPSAMPLED = 4
"""What each of the decoder's two stages enlarges by."""


class SemanticPopUp(nn.Module):
    """Equations 1 to 5: visual tokens ask the text, then each other.

    Nothing of the visual tokens passes by the cross-attention, as printed: what pops up is of the text.

    Args:
        visual, textual: channels of the towers.
        width: share of the paper's channels.
    """

    def __init__(self, visual: int, textual: int, width: float) -> None:
        super().__init__()
        channels = scaled(ALIGNED, width)
        self.visual, self.textual = _aligned(visual, channels), _aligned(textual, channels)
        self.cross = nn.MultiheadAttention(channels, HEADS, DROPOUT, batch_first=True)
        self.own = nn.MultiheadAttention(channels, HEADS, DROPOUT, batch_first=True)
        self.norm = nn.LayerNorm(channels)
        self.out = nn.Linear(channels, scaled(POPPED, width))

    def forward(self, visual: Tensor, textual: Tensor, padding: Tensor) -> Tensor:
        """Features of the patches.

        Args:
            visual: (B, 1 + n n, C), the class token first.
            textual: (B, L, C').
            padding: (B, L) bool: tokens of the text that are not looked at. CLIP never learned what stands there, and
                how much there is of it must not change a matte.

        Returns:
            (B, POPPED, n, n).
        """
        asking, asked = self.visual(visual), self.textual(textual)
        found = self.cross(asking, asked, asked, key_padding_mask=padding, need_weights=False)[0]
        found = found + self.own(found, found, found, need_weights=False)[0]
        patches: Tensor = self.out(self.norm(found))[:, 1:].transpose(1, 2)
        side = round(patches.shape[2] ** 0.5)
        return patches.reshape(len(patches), -1, side, side)


class SemanticDecoder(nn.Module):
    """Two stages of two convolutions, each enlarged fourfold, and three classes.

    Args:
        width: share of the paper's channels.
    """

    def __init__(self, width: float) -> None:
        super().__init__()
        popped, made = scaled(POPPED, width), scaled(DECODED, width)
        self.stages = nn.ModuleList(
            nn.Sequential(convolution(before, made), convolution(made, made)) for before in (popped, made)
        )
        self.head = nn.Conv2d(made, CLASSES, 3, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, POPPED, n, n) to logits (B, CLASSES, 16 n, 16 n)."""
        for stage in self.stages:
            features = F.interpolate(stage(features), scale_factor=UPSAMPLED, mode="bilinear", align_corners=False)
        logits: Tensor = self.head(features)
        return logits


def _aligned(given: int, made: int) -> nn.Sequential:
    return nn.Sequential(nn.LayerNorm(given), nn.Linear(given, made), nn.LayerNorm(made))
