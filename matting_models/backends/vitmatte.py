"""ViTMatte through transformers.

J. Yao, X. Wang, S. Yang, B. Wang, "ViTMatte: Boosting Image Matting with Pre-trained Plain Vision Transformers",
Information Fusion 2024. The network sees four channels: normalised RGB and the trimap as 0, 0.5 or 1.
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.weights import load_model, load_processor, locate, models_extra

with models_extra("the vitmatte backend"):
    import torch
    import torch.nn.functional as F
    from transformers import VitMatteForImageMatting

    from matting_models.crop_network import MAX_CROP_PIXELS, CropNetwork

PAD_TO = 64
"""Coarser than the network's 32, so that more crops share a size."""

_UNKNOWN = 127.5
"""The processor divides by 255, and the network was trained with 0.5."""


def processor_class() -> Any:
    """The processor that needs no torchvision; older releases have only that one, under the plain name."""
    try:
        from transformers.models.vitmatte.image_processing_pil_vitmatte import VitMatteImageProcessorPil
    except ImportError:
        from transformers import VitMatteImageProcessor

        return VitMatteImageProcessor
    return VitMatteImageProcessorPil


class VitMatte(CropNetwork):
    """The ``vitmatte`` backend; crops are zero-padded, as the model's processor does.

    Args:
        weights: hub name, such as ``hustvl/vitmatte-small-composition-1k``, or local folder.
        device, precision, batch_size: as ``CropNetwork``.
        max_crop_pixels: the same. Attention is quadratic: the default is about 1 GB per layer in fp32.
    """

    name = "vitmatte"
    context = 32
    pad_to = PAD_TO

    def __init__(
        self,
        weights: str,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 8,
        max_crop_pixels: int = MAX_CROP_PIXELS,
    ) -> None:
        super().__init__(device, precision, batch_size, max_crop_pixels)
        source = locate(weights, "vitmatte")
        self._processor = load_processor(processor_class(), source)
        self._model = load_model(VitMatteForImageMatting, source).to(self._device)
        self.pad_to = math.lcm(PAD_TO, int(getattr(self._processor, "size_divisor", 32)))
        self.revision = source.revision

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> torch.Tensor:
        """(4, H, W)."""
        values = trimap.astype(np.float32)
        values[(trimap != 0) & (trimap != 255)] = _UNKNOWN
        pixels = self._pixels(image, values)
        height, width = self._padded(trimap.shape)
        return F.pad(pixels, (0, width - trimap.shape[1], 0, height - trimap.shape[0]))

    def _pixels(self, image: NDArray[np.uint8], trimap: NDArray[np.float32]) -> torch.Tensor:
        """(4, H, W) normalised RGB and the trimap over 255, not padded."""
        features = self._processor(
            images=image, trimaps=trimap, input_data_format="channels_last", do_pad=False, return_tensors="pt"
        )
        pixels: torch.Tensor = features["pixel_values"][0]
        return pixels.float()

    def _predict(self, inputs: torch.Tensor) -> torch.Tensor:
        alphas: torch.Tensor = self._model(pixel_values=inputs).alphas
        return alphas[:, 0]
