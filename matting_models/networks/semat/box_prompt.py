"""Prompt enhancement: the box enters the image encoder (SEMat paper, section 4.1, "Feature-Aligned Transformer")."""

from typing import Literal

import torch
from torch import Tensor, nn

PromptInit = Literal["zero", "copied"]


def box_masks(boxes: Tensor, size: int) -> Tensor:
    """Boxes as binary masks.

    Args:
        boxes: (B, 4) x0, y0, x1, y1 in pixels; edges, so that x1 - x0 is the width.
        size: side of the square masks.

    Returns:
        (B, 1, size, size) of 0 and 1 in the boxes' dtype; every pixel that the box touches is 1.
    """
    place = torch.arange(size, device=boxes.device, dtype=boxes.dtype)
    x0, y0, x1, y1 = boxes[:, :, None].unbind(1)
    columns = (place >= x0.floor()) & (place < x1.ceil())
    rows = (place >= y0.floor()) & (place < y1.ceil())
    return (rows[:, :, None] & columns[:, None, :]).to(boxes.dtype)[:, None]


class BoxPrompt(nn.Module):
    """A second patch embedding, of RGB and the box mask, to be added to the backbone's own.

    Args:
        patch_embedding: the backbone's RGB patch embedding; kernel, stride, padding and width are taken from it.
        init: ``zero`` leaves the backbone's features as they are at the start of training; ``copied`` is the authors'
            start for SAM2: the RGB weights, and their mean over the colours as the fourth channel.
    """

    def __init__(self, patch_embedding: nn.Conv2d, init: PromptInit = "zero") -> None:
        super().__init__()
        if init not in ("zero", "copied"):
            raise ValueError(f"init is 'zero' or 'copied', got {init!r}")
        self.projection = nn.Conv2d(
            4,
            patch_embedding.out_channels,
            patch_embedding.kernel_size,  # type: ignore[arg-type]
            patch_embedding.stride,  # type: ignore[arg-type]
            patch_embedding.padding,  # type: ignore[arg-type]
        )
        bias = self.projection.bias
        assert bias is not None
        with torch.no_grad():
            if init == "zero":
                self.projection.weight.zero_()
                bias.zero_()
            else:
                rgb = patch_embedding.weight
                self.projection.weight.copy_(torch.cat([rgb, rgb.mean(dim=1, keepdim=True)], dim=1))
                if patch_embedding.bias is None:
                    bias.zero_()
                else:
                    bias.copy_(patch_embedding.bias)

    def forward(self, pixels: Tensor, boxes: Tensor, kept: Tensor | None = None) -> Tensor:
        """What to add to the backbone's patch embedding.

        Args:
            pixels: (B, 3, S, S) normalised RGB.
            boxes: (B, 4) xyxy in pixels.
            kept: (B,) of 0 and 1; where 0 the prompt is left out. None keeps all.

        Returns:
            (B, S / stride, S / stride, C), channels last as transformers' patch embeddings.
        """
        mask = box_masks(boxes.float(), pixels.shape[-1]).to(pixels.dtype)
        embedding: Tensor = self.projection(torch.cat([pixels, mask], dim=1)).permute(0, 2, 3, 1)
        return embedding if kept is None else embedding * kept.to(embedding.dtype)[:, None, None, None]
