"""P3M-Net (Li et al., "Privacy-Preserving Portrait Matting", MM 2021) of a photo and a coarse alpha.

So it is CLIPMat's refiner (Li et al., "Referring Image Matting", CVPR 2023, supplement, section 4.1).
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from transformers import ResNetModel

from matting_models.networks.p3m.config import STRIDE, P3MConfig
from matting_models.networks.p3m.decoders import DetailsDecoder, SemanticDecoder
from matting_models.networks.p3m.encoder import Encoded, Encoder, resnet_config
from matting_models.networks.p3m.fusion import fuse

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)
"""ImageNet's, RGB of 0 to 1."""


@dataclass(frozen=True, slots=True)
class Output:
    """What the network says.

    Attributes:
        logits: (B, 3, H, W) float32: background, unknown, foreground.
        sides: the same three times, from coarser features; to train them.
        details: (B, 1, H, W) float32 in [0, 1], alpha where it is soft.
    """

    logits: Tensor
    sides: list[Tensor]
    details: Tensor

    @property
    def alpha(self) -> Tensor:
        """(B, 1, H, W) in [0, 1]: both as one."""
        return fuse(self.logits, self.details)


class P3MNet(nn.Module):
    """An encoder that both decoders share.

    Args:
        config: sizes.
        resnet: pretrained, of ``resnet_config(config)``, and taken over; None starts at random.
    """

    def __init__(self, config: P3MConfig, resnet: ResNetModel | None = None) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(ResNetModel(resnet_config(config)) if resnet is None else resnet)
        self.semantic = SemanticDecoder(config)
        self.details = DetailsDecoder(config)

    def forward(self, images: Tensor, coarse: Tensor) -> Output:
        """Mattes of a batch.

        Args:
            images: (B, 3, H, W) float RGB in [0, 1], H and W multiples of 32.
            coarse: (B, 1, H, W) float, alpha in [0, 1] as far as it is known.

        Raises:
            ValueError: other shapes.
        """
        encoded = self._encode(images, coarse)
        semantic = self.semantic(encoded)
        details = self.details(encoded, semantic.guidance)
        return Output(semantic.logits.float(), [side.float() for side in semantic.sides], details)

    def classes(self, images: Tensor, coarse: Tensor) -> Tensor:
        """The logits alone; arguments as of ``forward``."""
        logits: Tensor = self.semantic(self._encode(images, coarse)).logits.float()
        return logits

    def _encode(self, images: Tensor, coarse: Tensor) -> Encoded:
        _check(images, coarse)
        mean, std = (images.new_tensor(x).view(3, 1, 1) for x in (MEAN, STD))
        encoded: Encoded = self.encoder(torch.cat([(images - mean) / std, coarse], dim=1))
        return encoded


def _check(images: Tensor, coarse: Tensor) -> None:
    if images.ndim != 4 or images.shape[1] != 3 or images.shape[2] % STRIDE or images.shape[3] % STRIDE:
        raise ValueError(f"images are {tuple(images.shape)}, expected (B, 3, H, W), H and W multiples of {STRIDE}")
    if coarse.shape != (expected := (images.shape[0], 1, *images.shape[2:])):
        raise ValueError(f"coarse is {tuple(coarse.shape)}, expected {tuple(expected)}")
