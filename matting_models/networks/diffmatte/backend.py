"""DiffMatte as a backend of the labelling job."""

from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.data.trimaps import to_classes
from matting_models.networks.revision import revision_of
from matting_models.weights import models_extra

with models_extra("the diffmatte backend"):
    import torch
    from torch import Tensor

    from matting_models.crop_network import MAX_CROP_PIXELS, CropNetwork, vitmatte_sides
    from matting_models.networks.diffmatte.inputs import network_inputs, planes_of
    from matting_models.networks.diffmatte.network import STRIDE, DiffMatte
    from matting_models.networks.diffmatte.sampler import noise_of


class DiffMatteBackend(CropNetwork):
    """The ``diffmatte`` backend; crops are padded with zeros, and their noise depends on seed and size alone.

    Args:
        weights: folder that training or a conversion wrote.
        device, precision, batch_size: as ``CropNetwork``.
        max_crop_pixels: the same. Attention is quadratic: the default is about 2 GB per layer in fp32 with ViT-S.
        steps: of the sampler; None for those of the folder's configuration.
        seed: of the noise; None for the folder's.
    """

    name = "diffmatte"
    context = 32
    pad_to = STRIDE

    def __init__(
        self,
        weights: str,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 8,
        max_crop_pixels: int = MAX_CROP_PIXELS,
        *,
        steps: int | None = None,
        seed: int | None = None,
    ) -> None:
        super().__init__(device, precision, batch_size, max_crop_pixels)
        network = DiffMatte.from_pretrained(Path(weights))
        self._network = network.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        own = network.config
        self._config = replace(
            own, steps=own.steps if steps is None else steps, seed=own.seed if seed is None else seed
        )
        self.revision = f"{revision_of(Path(weights))}-ddim{self._config.steps}-seed{self._config.seed}"

    def _padded(self, shape: tuple[int, ...]) -> tuple[int, int]:
        height, width = shape
        return vitmatte_sides(height, width)

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> Tensor:
        """(4, H, W) uint8."""
        return torch.from_numpy(planes_of(image, to_classes(trimap)))

    def _predict(self, inputs: Tensor) -> Tensor:
        image, trimap = network_inputs(inputs)
        noise = torch.zeros_like(image[:, :1])
        for one, classes in zip(noise, trimap, strict=True):
            inside = classes.sum(dim=0)
            height, width = int(inside[:, 0].sum()), int(inside[0].sum())
            one[0, :height, :width] = noise_of(self._config.seed, height, width)
        alphas: Tensor = self._network.matte(image, trimap, noise, self._config.steps)
        return alphas[:, 0]
