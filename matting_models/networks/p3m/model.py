"""P3M-Net with its weights, ready to refine."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError
from matting_models.networks.p3m.coarse import SIDES, at_side
from matting_models.networks.p3m.config import P3MConfig
from matting_models.networks.saved import load_weights, read_config
from matting_models.networks.semat.preparation import check_image
from matting_models.weights import models_extra, overflow_text, resolve_device, resolve_precision

with models_extra("P3M-Net"):
    import torch

from matting_models.networks.p3m.network import P3MNet
from matting_models.networks.p3m.predicting import refine


class P3M:
    """See ``P3MNet``.

    Args:
        network: on its device.
        precision: of the arithmetic; the weights stay float32, autocast does the rest.

    Example:
        >>> refiner = P3M.from_pretrained("runs/p3m")
        >>> alpha = refiner.predict(image, coarse)  # (H, W) float32 in [0, 1], both
    """

    def __init__(self, network: P3MNet, precision: torch.dtype = torch.float32) -> None:
        self._network = network.eval()
        self.precision = precision
        self._device = next(network.parameters()).device

    @classmethod
    def from_pretrained(cls, folder: str | Path, device: str = "auto", precision: str = "auto") -> "P3M":
        """Load what training wrote.

        Args:
            folder: ``config.json`` and ``model.safetensors``.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.

        Raises:
            InputError: missing or damaged files, or of another network.
        """
        target = resolve_device(device)
        dtype = resolve_precision(precision, target)
        network = P3MNet(read_config(Path(folder), P3MConfig))
        load_weights(Path(folder), network)
        return cls(network.to(target), dtype)

    def predict(self, image: NDArray[np.uint8], coarse: NDArray[np.float32]) -> NDArray[np.float32]:
        """A finer alpha.

        Args:
            image: (H, W, 3) uint8, RGB, of any size.
            coarse: (H, W) float32 in [0, 1].

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            InputError: no such image, a coarse alpha of another size, or an overflow in half precision.
        """
        check_image(image)
        if coarse.shape != image.shape[:2]:
            raise InputError(f"the coarse alpha is {coarse.shape}, expected {image.shape[:2]} as the image")
        planes = torch.from_numpy(np.ascontiguousarray(image)).to(self._device).permute(2, 0, 1)[None].float() / 255
        given = torch.from_numpy(np.ascontiguousarray(coarse, np.float32)).to(self._device)[None, None]
        mixed = self.precision != torch.float32
        with torch.autocast(self._device.type, dtype=self.precision if mixed else None, enabled=mixed):
            alpha: NDArray[np.float32] = refine(self._network, planes, given)[0, 0].cpu().numpy()
        if not np.isfinite(alpha).all():
            raise InputError(overflow_text(self.precision))
        return alpha

    def predict_from_mask(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """The matte of what a mask marks, brought first to what coarse alphas were like in training.

        Args:
            image: as in ``predict``.
            mask: (H, W) uint8 of 0 and 1.
        """
        return self.predict(image, at_side(mask * np.uint8(255), SIDES[1]).astype(np.float32) / np.float32(255))
