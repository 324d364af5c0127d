"""From a photo and a mask to an alpha matte and a trimap, with the weights that come with the package or others."""

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.arguments import check_mask
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.mask_to_matte.features import closed_form
from matting_models.networks.mask_to_matte.frame import to_frame
from matting_models.networks.mask_to_matte.prior import prior_weight
from matting_models.networks.mask_to_matte.runtime import choose_runtime
from matting_models.networks.mask_to_matte.upscale import upscaled
from matting_models.networks.mask_to_matte.view import enlarged, shrunk, shrunk_mask, viewed
from matting_models.networks.mask_to_matte.weights import read_weights
from pipelines.labelling.matting import Matte, MattingFailed

NETWORK_SIDE = 896
"""The network sees an instance's crop with its longer side at most so many pixels long."""
SMALL_SIDE = 200
"""Crops are enlarged to some such length, ``MOST_ENLARGED`` times at most: soft edges of few pixels are seen better."""
MOST_ENLARGED = 3
SOLVER_SIDE = 1024
"""And the closed form so many; what is larger is brought to full size along the photo's edges."""
CERTAIN = 0.05
"""The network's alphas nearer than this to 0 or 1 are known, and become 0 or 1."""
MARGIN = 1
"""Pixels that the unknown region reaches beyond the others."""
MOST_UNKNOWN = 200_000
"""Unknown pixels that the closed form is solved for; of more the network's own alpha is taken, which is seldom thin."""


class MaskToMatte:
    """The ``mask-to-matte`` method; see ``pipelines.labelling.matting.MaskMatting``.

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
        binary = to_frame(check_mask(image, mask))
        window = crop_around(binary)
        inner = self._crop_matte(np.ascontiguousarray(image[window]), np.ascontiguousarray(binary[window]))
        alpha, trimap = np.zeros(binary.shape, np.float32), np.zeros(binary.shape, np.uint8)
        alpha[window], trimap[window] = inner.alpha, inner.trimap
        return Matte(alpha, trimap)

    def _crop_matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        times = min(MOST_ENLARGED, round(SMALL_SIDE / max(mask.shape)))
        if times < 2:
            return self._sized_matte(image, mask)
        return _reduced(self._sized_matte(*enlarged(image, mask, times)), mask.shape[::-1])

    def _sized_matte(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Matte:
        photo = shrunk(image, SOLVER_SIDE)
        alpha = self._network_alpha(image, mask)
        if alpha.shape != photo.shape[:2]:
            alpha = np.asarray(cv2.resize(alpha, (photo.shape[1], photo.shape[0])), np.float32)
        matte = _refined(photo, alpha)
        if photo.shape == image.shape:
            return matte
        return _rounded(upscaled(matte.alpha, photo, image))

    def _network_alpha(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.float32]:
        """At the network's own size."""
        photo, small = shrunk(image, NETWORK_SIDE), shrunk_mask(mask, NETWORK_SIDE)
        height, width = small.shape
        planes = viewed(photo, small)
        return np.clip(self._run(planes)[:height, :width], 0, 1)  # weights sum to 1 but for rounding


def _reduced(large: Matte, size: tuple[int, ...]) -> Matte:
    """A matte of an enlarged crop at the crop's width and height; known is what is known in all of a pixel."""
    alpha, level = (cv2.resize(x, size, interpolation=cv2.INTER_AREA) for x in (large.alpha, large.trimap))
    trimap = np.where((level == 0) | (level == 255), level, 128).astype(np.uint8)
    return Matte(np.where(trimap == 128, alpha, trimap / np.float32(255)).astype(np.float32), trimap)


def _refined(image: NDArray[np.uint8], alpha: NDArray[np.float32]) -> Matte:
    """The closed form where the network is not certain, drawn to what the network says there, the more the surer."""
    rounded = _rounded(alpha)
    unknown = int(np.count_nonzero(rounded.trimap == 128))
    if not 0 < unknown <= MOST_UNKNOWN or unknown == rounded.trimap.size:
        return rounded
    if not ((rounded.trimap == 0).any() and (rounded.trimap == 255).any()):
        return rounded
    try:
        return Matte(closed_form().with_prior(image, rounded.trimap, alpha, prior_weight(alpha)), rounded.trimap)
    except MattingFailed:
        return rounded


def _rounded(alpha: NDArray[np.float32]) -> Matte:
    """What is certain becomes 0 or 1; the rest, the outline and their neighbours are unknown."""
    square = np.ones((3, 3), np.uint8)
    inside = np.asarray(alpha > 0.5, np.uint8)
    uncertain = np.asarray((alpha >= CERTAIN) & (alpha <= 1 - CERTAIN), np.uint8)
    uncertain |= np.asarray(cv2.morphologyEx(inside, cv2.MORPH_GRADIENT, square), np.uint8)
    side = 2 * MARGIN + 1
    unknown = cv2.dilate(uncertain, np.ones((side, side), np.uint8)) > 0
    trimap = np.where(unknown, np.uint8(128), inside * np.uint8(255))
    return Matte(np.where(unknown, alpha, inside.astype(np.float32)), trimap)
