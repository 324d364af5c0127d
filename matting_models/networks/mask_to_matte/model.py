"""From a photo and a mask to an alpha matte and a trimap, with the weights that come with the package or others."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.networks.mask_to_matte.crops import crop_around, padded_size
from matting_models.networks.mask_to_matte.features import network_input
from matting_models.networks.mask_to_matte.runtime import choose_runtime
from matting_models.networks.mask_to_matte.upscale import upscaled
from matting_models.networks.mask_to_matte.weights import read_weights
from pipelines.matting import Matte

STRIDE = 32
LARGEST_SIDE = 1024
"""The network sees no more pixels than this a side; larger instances are brought to full size along their edges."""
CERTAIN = 0.02
"""Alphas nearer than this to 0 or 1 are known, and become 0 or 1."""
MARGIN = 1
"""Pixels that the unknown region reaches beyond the soft ones: the limit of what can be told at 8 bits."""


class MaskToMatte:
    """The ``mask-to-matte`` method; see ``pipelines.matting.MaskMatting``.

    Args:
        weights: a folder that training wrote, or its file; None for those that come with the package.
        device: ``auto``, ``cpu`` or ``cuda``; auto takes the GPU where torch is installed and sees one.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``, of the GPU's arithmetic.

    Attributes:
        name, revision: as every method has; the revision names the weights' digest and the runtime's version.
        device: where the network runs.

    Raises:
        FileNotFoundError: no such weights.
        ValueError: they cannot be used, or the device or precision cannot be had.

    Example:
        >>> model = MaskToMatte()
        >>> alpha = model.predict(image, mask)  # (H, W) float32 in [0, 1]
        >>> trimap = model.trimap(image, mask)  # (H, W) uint8: 0, 128, 255
    """

    name = "mask-to-matte"
    batch_size = 1

    def __init__(self, weights: str | None = None, device: str = "auto", precision: str = "auto") -> None:
        tensors, revision = read_weights(weights)
        self._run, runtime, self.device = choose_runtime(tensors, device, precision)
        self.revision = f"{revision}+{runtime}"

    def predict(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Alpha of what the mask marks; arguments and errors as ``matte``.

        Returns:
            (H, W) float32 in [0, 1].
        """
        return self.matte(image, mask).alpha

    def trimap(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Where the alpha is known; arguments and errors as ``matte``.

        Returns:
            (H, W) uint8; 0 known background, 128 unknown, 255 known foreground.
        """
        return self.matte(image, mask).trimap

    def matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        """Alpha and trimap of what the mask marks.

        Args:
            image: (H, W, 3) uint8, RGB.
            mask: (H, W) uint8 of 0 and 1, or bool; at least one pixel set.

        Raises:
            ValueError: shapes or dtypes are not as above, or the mask is empty.
        """
        binary = _checked(image, mask)
        window = crop_around(binary)
        alpha = np.zeros(binary.shape, np.float32)
        alpha[window] = self._alpha(np.ascontiguousarray(image[window]), np.ascontiguousarray(binary[window]))
        return _matte(alpha)

    def _alpha(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = mask.shape
        scale = LARGEST_SIDE / max(height, width)
        if scale >= 1:
            return self._at_size(image, mask)
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        reduced = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
        share = cv2.resize(mask * np.uint8(255), size, interpolation=cv2.INTER_AREA)
        small = np.asarray(share > 127, np.uint8)
        if not small.any():  # a line thinner than a pixel of the reduced size
            small = np.asarray(share > 0, np.uint8)
        return upscaled(self._at_size(reduced, small), reduced, image)

    def _at_size(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        height, width = mask.shape
        border = ((0, 0), (0, padded_size(height, STRIDE) - height), (0, padded_size(width, STRIDE) - width))
        planes = np.pad(network_input(image, mask), border, mode="edge")
        return self._run(planes)[:height, :width]


def _checked(image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype != np.uint8:
        raise ValueError(f"image is (H, W, 3) uint8, got shape {image.shape} and dtype {image.dtype}")
    if mask.shape != image.shape[:2] or mask.dtype not in (np.uint8, np.bool_):
        raise ValueError(
            f"mask is uint8 or bool of the image's size {image.shape[:2]}, got shape {mask.shape} and "
            f"dtype {mask.dtype}"
        )
    binary = mask.view(np.uint8)
    if not binary.any():
        raise ValueError("mask has no pixel set")
    if (largest := int(binary.max())) > 1:
        raise ValueError(f"mask holds 0 and 1, got {largest}")
    return binary


def _matte(alpha: NDArray[np.float32]) -> Matte:
    """Round what is nearly certain, and mark what is left and its neighbours as unknown."""
    alpha = np.where(alpha < CERTAIN, np.float32(0), np.where(alpha > 1 - CERTAIN, np.float32(1), alpha))
    soft = ((alpha > 0) & (alpha < 1)).view(np.uint8)
    # Where 0 meets 1 without a soft pixel between, the edge runs somewhere within the two.
    square = np.ones((3, 3), np.uint8)
    inside = (alpha == 1).view(np.uint8)
    edge = cv2.dilate(inside, square) & cv2.dilate((alpha == 0).view(np.uint8), square)
    reach = np.ones((2 * MARGIN + 1, 2 * MARGIN + 1), np.uint8)
    unknown = (np.asarray(cv2.dilate(soft, reach)) | np.asarray(edge)) > 0
    trimap = np.where(unknown, np.uint8(128), inside * np.uint8(255))
    return Matte(alpha, trimap)
