"""SMat's network (Ye et al., "Unifying Automatic and Interactive Matting with Pretrained ViTs", CVPR 2024)."""

from dataclasses import dataclass
from typing import Any

from matting_models.networks.smat.backbone import empty_backbone
from matting_models.networks.smat.config import HEADS, SMatConfig
from matting_models.weights import models_extra

with models_extra("SMat"):
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

from matting_models.networks.smat.decoder import DetailDecoder

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""RGB, of 0 to 1: ImageNet's, which DINOv2 was trained with."""
FEED_FORWARD = 2048
DROPOUT = 0.1
TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Seen:
    """A batch of photos that prompts can be asked about.

    Attributes:
        pixels: (B, 3, H', W') normalised, padded to whole patches.
        tokens: (B, C, h, w), of the patches.
        class_token: (B, C).
        size: H and W, before padding.
    """

    pixels: Tensor
    tokens: Tensor
    class_token: Tensor
    size: tuple[int, int]

    def repeat(self, count: int) -> "Seen":
        """A batch of one as a batch of ``count``, without copying."""
        pixels, tokens, class_token = (
            x.expand(count, *x.shape[1:]) for x in (self.pixels, self.tokens, self.class_token)
        )
        return Seen(pixels, tokens, class_token, self.size)


@dataclass(frozen=True, slots=True)
class Output:
    """What the network says.

    Attributes:
        alpha: (B, 1, H, W) float32 in [0, 1].
        similarity: (B, 1, h, w) float32 in [0, 1], a value a patch.
    """

    alpha: Tensor
    similarity: Tensor


class SMatNet(nn.Module):
    """DINOv2, a candidate feature of the prompt or of the class token, its likeness to every patch, and a decoder.

    Args:
        config: sizes.
        backbone: transformers' Dinov2Model of those sizes; None for one at random.
    """

    def __init__(self, config: SMatConfig, backbone: Any = None) -> None:
        super().__init__()
        self.config = config
        self.backbone = empty_backbone(config) if backbone is None else backbone
        # DINOv2's own training replaced masked patches with it; here it is only carried along.
        self.backbone.embeddings.mask_token.requires_grad_(False)
        self.cross_attention = nn.TransformerDecoderLayer(
            config.hidden_size, HEADS, FEED_FORWARD, DROPOUT, batch_first=True
        )
        self.decoder = DetailDecoder(config.hidden_size + 1, config.width)

    def forward(self, images: Tensor, prompts: Tensor) -> Output:
        """Mattes of a batch.

        Args:
            images: (B, 3, H, W) float RGB in [0, 1], of any size.
            prompts: (B, 1, H, W) of 0 and 1; without a 1 the photo's salient foreground is matted.
        """
        return self.matte(self.see(images), prompts)

    def see(self, images: Tensor) -> Seen:
        """Run the backbone. Sides that are no whole patches get zeros, the mean colour, at the bottom and right."""
        height, width = images.shape[2:]
        mean, std = (torch.tensor(x, device=images.device).view(3, 1, 1) for x in (MEAN, STD))
        pixels = _padded((images.float() - mean) / std, self.config.patch_size)
        found = self.backbone(pixel_values=pixels).last_hidden_state
        grid = [side // self.config.patch_size for side in pixels.shape[2:]]
        tokens = found[:, 1:].transpose(1, 2).unflatten(2, grid)
        return Seen(pixels, tokens, found[:, 0].contiguous(), (height, width))

    def matte(self, seen: Seen, prompts: Tensor) -> Output:
        """One prompt a photo, as in ``forward``."""
        marks = _padded(prompts.float(), self.config.patch_size)
        candidate = candidate_feature(seen.tokens, seen.class_token, marks)
        rows = seen.tokens.flatten(2).transpose(1, 2)
        updated = self.cross_attention(candidate[:, None].to(rows.dtype), rows)
        similarity = similarity_map(updated[:, 0], seen.tokens)
        alpha = self.decoder(torch.cat([seen.tokens, similarity.to(seen.tokens.dtype)], dim=1), seen.pixels)
        height, width = seen.size
        return Output(alpha[:, :, :height, :width], similarity)


def _padded(planes: Tensor, patch: int) -> Tensor:
    height, width = planes.shape[2:]
    return F.pad(planes, (0, -width % patch, 0, -height % patch))


def candidate_feature(tokens: Tensor, class_token: Tensor, marks: Tensor) -> Tensor:
    """The mean of the tokens that a prompt marks; the class token, untouched, where it marks nothing.

    A token is marked where the pixel at its corner is, as resizing by the nearest pixel has it. Of a prompt that passes
    between those, the tokens it touches count.

    Args:
        tokens: (B, C, h, w).
        class_token: (B, C).
        marks: (B, 1, H', W') float of 0 and 1, of whole patches.

    Returns:
        (B, C) in the tokens' dtype.
    """
    grid = tokens.shape[2:]
    nearest = F.interpolate(marks, size=grid, mode="nearest")
    touched = F.adaptive_max_pool2d(marks, grid)
    anywhere, hit = (x.flatten(1).any(dim=1) for x in (marks, nearest))
    weights = torch.where(hit[:, None, None, None], nearest, touched)
    mean = (weights * tokens.float()).sum(dim=(2, 3)) / (weights.sum(dim=(2, 3)) + TINY)
    return torch.where(anywhere[:, None], mean.to(tokens.dtype), class_token)


def similarity_map(candidate: Tensor, tokens: Tensor) -> Tensor:
    """Cosine of a feature with every token, stretched over each picture to [0, 1]; in float32 whatever comes in.

    Args:
        candidate: (B, C).
        tokens: (B, C, h, w).

    Returns:
        (B, 1, h, w).
    """
    with torch.autocast(tokens.device.type, enabled=False):
        cosine = F.cosine_similarity(candidate.float()[:, :, None, None], tokens.float(), dim=1)
        least, most = cosine.amin(dim=(1, 2), keepdim=True), cosine.amax(dim=(1, 2), keepdim=True)
        return ((cosine - least) / (most - least + TINY))[:, None]
