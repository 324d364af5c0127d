"""DiffMatte: alpha from a photo and a trimap, by diffusion.

Y. Hu et al., "Diffusion for Natural Image Matting", arXiv 2312.05915. The encoder sees photo and trimap once; a small
decoder, given a noisy matte, says what it is without the noise, again and again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from matting_models.networks.diffmatte.config import DiffMatteConfig
from matting_models.networks.diffmatte.decoder import Decoder
from matting_models.networks.diffmatte.resnet import Res34Encoder
from matting_models.networks.diffmatte.sampler import sample, shares, unit_deviation
from matting_models.networks.diffmatte.swin import SwinEncoder
from matting_models.networks.diffmatte.vit import VitEncoder
from matting_models.networks.saved import load_weights, read_config, save_network

STRIDE = 32
"""Sides of pictures are multiples of this."""
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
"""ImageNet's."""

_ENCODERS: dict[str, Callable[[DiffMatteConfig], nn.Module]] = {
    "vit-s": VitEncoder,
    "vit-b": VitEncoder,
    "swin-t": SwinEncoder,
    "res34": Res34Encoder,
}


@dataclass(frozen=True, slots=True)
class Seen:
    """What is the same in every step.

    Attributes:
        features: of the encoder.
        condition: (B, 6, H, W), photo and trimap as the decoder has them.
        inside: (B, 1, H, W), 1 in the picture and 0 in its padding.
    """

    features: Tensor
    condition: Tensor
    inside: Tensor


class DiffMatte(nn.Module):
    """Encoder and decoder.

    Pictures are (B, 3, H, W) float in [0, 1], RGB, H and W multiples of ``STRIDE``; trimaps are (B, 3, H, W) float,
    one-hot background, unknown, foreground, and none of these in what a picture is padded with.
    """

    def __init__(self, config: DiffMatteConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = _ENCODERS[config.encoder](config)
        self.decoder = Decoder(config)

    @classmethod
    def from_pretrained(cls, folder: Path) -> Self:
        """What ``save_pretrained``, a training or a conversion wrote, on the CPU, in evaluation mode.

        Raises:
            MissingError: the folder or one of its files does not exist.
            InputError: they are damaged, or of another network.
        """
        network = cls(read_config(folder, DiffMatteConfig))
        load_weights(folder, network)
        return network.eval()

    def save_pretrained(self, folder: Path) -> None:
        """Write ``saved.FILES``; the folder is made if it is missing."""
        save_network(folder, self.config, self)

    def see(self, image: Tensor, trimap: Tensor) -> Seen:
        """Everything that a matte is made from but the noise."""
        mean, std = (image.new_tensor(values).view(1, 3, 1, 1) for values in (MEAN, STD))
        inside = trimap.sum(dim=1, keepdim=True)
        normalised = (image - mean) / std * inside
        condition = (torch.cat((normalised, trimap), dim=1) * 2 - 1) * inside
        return Seen(self.encoder(normalised, trimap), condition, inside)

    def clean(self, seen: Seen, x: Tensor, times: Tensor) -> Tensor:
        """What a noisy matte of unit deviation, (B, 1, H, W), is without its noise: the same shape, in [-1, 1]."""
        clean: Tensor = self.decoder(seen.features, torch.cat((seen.condition, x), dim=1), times)
        return clean

    def matte(self, image: Tensor, trimap: Tensor, noise: Tensor, steps: int) -> Tensor:
        """Alpha.

        Args:
            image, trimap: see the class.
            noise: (B, 1, H, W), normal.
            steps: of the sampler.

        Returns:
            (B, 1, H, W) float32 in [0, 1], not held to what the trimap knows.
        """
        seen = self.see(image, trimap)
        return (sample(lambda x, times: self.clean(seen, x, times), noise, seen.inside, steps) + 1) / 2

    def forward(
        self, image: Tensor, trimap: Tensor, truth: Tensor, noise: Tensor, times: Tensor, later: Tensor | None
    ) -> Tensor:
        """What training compares with the truth.

        Args:
            image, trimap: see the class.
            truth: (B, 1, H, W) in [-1, 1].
            noise: (B, 1, H, W), normal.
            times: (B,) in [0, 1], at which the matte is predicted.
            later: (B,), at least ``times``: what is made noisy is the network's own prediction from then, as it is when
                sampling (the self-aligned strategy). None: it is the truth.

        Returns:
            (B, 1, H, W) float32 in [-1, 1].
        """
        seen = self.see(image, trimap)
        matte = truth
        if later is not None:
            with torch.no_grad():
                matte = self._from(seen, truth, noise, later)
        return self._from(seen, matte, noise, times)

    def _from(self, seen: Seen, matte: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        alpha, sigma = shares(times)
        return self.clean(seen, unit_deviation(alpha * matte + sigma * noise, seen.inside), times)
