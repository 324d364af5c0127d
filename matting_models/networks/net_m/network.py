"""Net-M: alpha from a photo and a trimap.

Y. Zhou, L. Zhou, T. L. Lam, Y. Xu, "Semantic-guided Automatic Natural Image Matting with Light-weight Non-local
Attention", arXiv 2103.17020; the encoder and decoder are those of Y. Li, H. Lu, "Natural Image Matting via Guided
Contextual Attention", AAAI 2020.
"""

from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

from matting_models.data.trimaps import UNKNOWN
from matting_models.networks.net_m.config import NetMConfig
from matting_models.networks.net_m.decoder import Decoder
from matting_models.networks.net_m.encoder import Encoder
from matting_models.networks.net_m.refinement import Refinement
from matting_models.networks.saved import load_weights, read_config, save_network

STRIDE = 32
"""Sides of pictures are multiples of this."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's."""


class NetM(nn.Module):
    """Encoder, decoder and refinement."""

    def __init__(self, config: NetMConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.refinement = Refinement(config)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Self:
        """What ``save_pretrained`` or a training wrote, on the CPU, in evaluation mode.

        Raises:
            MissingError: the folder or one of its files does not exist.
            InputError: they are damaged, or of another network.
        """
        network = cls(read_config(folder, NetMConfig))
        load_weights(folder, network)
        return network.eval()

    def save_pretrained(self, folder: Path) -> None:
        """Write ``saved.FILES``; the folder is made if it is missing."""
        save_network(folder, self.config, self)

    def forward(self, image: Tensor, trimap: Tensor) -> tuple[Tensor, Tensor]:
        """Coarse and refined alpha.

        Args:
            image: (B, 3, H, W) float in [0, 1], RGB; H and W multiples of ``STRIDE``.
            trimap: (B, 3, H, W) float: one-hot background, unknown, foreground, or how likely each is.

        Returns:
            Two of (B, 1, H, W) float32, the first in [0, 1]; neither is held to what the trimap knows.
        """
        mean, std = (image.new_tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
        normalised = (image - mean) / std
        unknown = interpolate(trimap, scale_factor=1 / 8, mode="nearest").argmax(1, keepdim=True) == UNKNOWN
        deepest, shortcuts = self.encoder(normalised, torch.cat((normalised, trimap), dim=1), unknown)
        coarse = self.decoder(deepest, shortcuts)
        return coarse, self.refinement(coarse)
