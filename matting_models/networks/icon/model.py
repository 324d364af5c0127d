"""IconMatting whole: the frozen backbone and what was trained on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matting_models.errors import InputError
from matting_models.networks.icon.backbone import REFERENCE_SEED, TARGET_SEED, Diffusion, noises
from matting_models.networks.icon.config import IconConfig
from matting_models.networks.icon.inputs import images_of, mask_of
from matting_models.networks.icon.network import IconNetwork
from matting_models.networks.icon.similarity import reference_tokens
from matting_models.networks.icon.square import GREY, square_of
from matting_models.networks.revision import revision_of
from matting_models.networks.saved import load_weights, read_config
from matting_models.weights import overflow_text, resolve_device, resolve_precision
from pipelines.labelling.matting import MattingFailed

Photo = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Found:
    """What a target gives.

    Attributes:
        alpha: (H, W) float32 in [0, 1].
        similarity: (h, w) float32, the inter-similarity over the picture, smaller than that: above 0.
    """

    alpha: NDArray[np.float32]
    similarity: NDArray[np.float32]


class IconMatting:
    """Predicts. The noises are seeded: the same pictures give the same mattes.

    Args:
        backbone: what the network was trained on, on any device.
        network: trained.
        device: where both run.
        precision: of the backbone; the trained part, a small share of the work, stays in float32.

    Attributes:
        revision: which weights these are; "" for a network that was not loaded.
    """

    def __init__(self, backbone: Diffusion, network: IconNetwork, device: torch.device, precision: torch.dtype) -> None:
        self.backbone, self.network = backbone.to(device, precision), network.to(device).eval()
        self.config = network.config
        self.device, self.precision = device, precision
        self.revision = ""
        ensemble, side = self.config.ensemble, self.config.side
        self._noises = [noises(ensemble, side, seed).to(device) for seed in (REFERENCE_SEED, TARGET_SEED)]

    @classmethod
    def from_pretrained(
        cls, folder: Path, backbone: str | None = None, device: str = "auto", precision: str = "auto"
    ) -> Self:
        """What a training wrote.

        Args:
            folder: of the trained weights.
            backbone: where the Stable Diffusion model is now, if not where it was in training.
            device, precision: as ``matting_models.weights`` resolves them.

        Raises:
            MissingError: weights or backbone are not to be had.
            InputError: they are damaged, or the backbone is another one than in training.
        """
        config = read_config(folder, IconConfig)
        on = resolve_device(device)
        dtype = resolve_precision(precision, on)
        network = IconNetwork(config)
        load_weights(folder, network)
        frozen = Diffusion.load(backbone or config.backbone)
        config.check_backbone(str(folder), frozen.revision, frozen.channels)
        model = cls(frozen, network, on, dtype)
        model.revision = revision_of(folder)
        return model

    def reference_features(self, photo: Photo) -> NDArray[np.float16]:
        """What of a reference depends on its photo alone: (C, h, w). To be computed once for all targets and masks.

        Args:
            photo: (H, W, 3) uint8, RGB.

        Raises:
            MattingFailed: it does not fit in memory, or overflows.
        """
        with _in_memory():
            found = self.backbone.reference(self._image(photo), self.config.timestep, self._noises[0])[0]
        _check_finite(found, self.precision)
        return np.asarray(found.cpu().numpy(), np.float16)

    def tokens(self, features: NDArray[np.float16], mask: NDArray[np.uint8]) -> Tensor:
        """Of a reference, what targets are compared with.

        Args:
            features: ``reference_features`` of its photo.
            mask: (H, W) uint8 alpha of the photo's size; above 127 is the object.

        Raises:
            InputError: the mask has no foreground.
        """
        square = square_of(mask, self.config.side)
        inside = mask_of(torch.from_numpy(square.put(mask, 0)))
        if not inside.any():
            raise InputError(f"the reference's mask has no foreground above one half at {self.config.side} pixels")
        return reference_tokens(torch.from_numpy(features).to(self.device, torch.float32), inside.to(self.device))

    @torch.inference_mode()
    def predict(self, photo: Photo, tokens: Tensor) -> Found:
        """The object of the reference in a target.

        Args:
            photo: (H, W, 3) uint8, RGB.
            tokens: of one reference, or of several, one below the other.

        Raises:
            MattingFailed: it does not fit in memory, or overflows.
        """
        image = self._image(photo)
        with _in_memory():
            features = self.backbone.target(image, self.config.timestep, self._noises[1])
            alpha, similarity = self.network(image, features, [tokens])
        _check_finite(alpha, self.precision)
        square = square_of(photo, self.config.side)
        return Found(square.take(alpha[0, 0].cpu().numpy()), square.cut_small(similarity[0, 0].cpu().numpy()))

    def _image(self, photo: Photo) -> Tensor:
        pixels = square_of(photo, self.config.side).put(photo, GREY)
        return images_of(torch.from_numpy(pixels).permute(2, 0, 1)[None].to(self.device))


@contextmanager
def _in_memory() -> Iterator[None]:
    try:
        yield
    except torch.OutOfMemoryError:
        raise MattingFailed("out of GPU memory: use precision bf16, or device cpu") from None


def _check_finite(values: Tensor, precision: torch.dtype) -> None:
    if not values.isfinite().all():
        raise MattingFailed(overflow_text(precision))
