"""From a photo and a coarse mask to a matte, with weights that training wrote."""

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from matting_models.arguments import check_mask
from matting_models.networks.joint.fusion import Fusion
from matting_models.networks.joint.predicting import crop_alpha
from matting_models.networks.joint.weights import FOLDERS, joint_revision, load_joint
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.weights import resolve_device, resolve_precision


class JointMatting:
    """Both networks, loaded.

    Args:
        weights: a folder that training joint wrote, or one with the folders ``net-t`` and ``net-m``.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the weights stay float32, autocast does the rest.
        fusion: ``soft`` or ``hard`` (section 4.1).

    Raises:
        MissingError: no such weights.
        InputError: they cannot be used, or the device or precision cannot be had.

    Example:
        >>> model = JointMatting(Path("runs/joint"))
        >>> alpha = model.predict(image, mask)  # (H, W) float32 in [0, 1]
    """

    def __init__(self, weights: Path, device: str = "auto", precision: str = "auto", fusion: Fusion = "soft") -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_precision(precision, self._device)
        self._joint = load_joint(*(weights / name for name in FOLDERS)).to(self._device).eval()
        self._fusion: Fusion = fusion
        self.revision = joint_revision(weights)

    def predict(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Alpha of what the mask marks.

        Args:
            image: (H, W, 3) uint8, RGB.
            mask: (H, W) uint8 of 0 and 1, or bool; at least one pixel set.

        Returns:
            (H, W) float32 in [0, 1]; 0 away from the mask.

        Raises:
            ValueError: shapes or dtypes are not as above, or the mask is empty.
        """
        mask = check_mask(image, mask)
        window = crop_around(mask)
        photo, inside = (np.ascontiguousarray(x[window]) for x in (image, mask))
        mixed = self._dtype != torch.float32
        alpha = np.zeros(mask.shape, np.float32)
        with torch.autocast(self._device.type, dtype=self._dtype if mixed else None, enabled=mixed):
            alpha[window] = crop_alpha(self._joint, photo, inside, self._fusion, self._device)
        return alpha
