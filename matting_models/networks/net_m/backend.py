"""Net-M as a backend of the labelling job."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.data.trimaps import to_classes
from matting_models.networks.revision import revision_of
from matting_models.weights import models_extra

with models_extra("the net-m backend"):
    import torch
    from torch import Tensor

    from matting_models.crop_network import MAX_CROP_PIXELS, CropNetwork
    from matting_models.networks.net_m.inputs import network_inputs, planes_of
    from matting_models.networks.net_m.network import STRIDE, NetM


class NetMBackend(CropNetwork):
    """The ``net-m`` backend; crops are padded by mirroring.

    Args:
        weights: folder that training wrote.
        device, precision, batch_size, max_crop_pixels: as ``CropNetwork``.
    """

    name = "net-m"
    context = 32
    pad_to = STRIDE

    def __init__(
        self,
        weights: str,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 8,
        max_crop_pixels: int = MAX_CROP_PIXELS,
    ) -> None:
        super().__init__(device, precision, batch_size, max_crop_pixels)
        network = NetM.from_pretrained(Path(weights))
        self._network = network.to(self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.revision = revision_of(Path(weights))

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> Tensor:
        """(4, H, W) uint8."""
        return torch.from_numpy(planes_of(image, to_classes(trimap)))

    def _predict(self, inputs: Tensor) -> Tensor:
        refined: Tensor = self._network(*network_inputs(inputs))[1]
        return refined[:, 0]
