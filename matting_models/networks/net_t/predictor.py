"""From a photo and a mask to a trimap, with a Net-T that training wrote."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.arguments import check_mask
from matting_models.data.trimaps import BACKGROUND, FOREGROUND, UNKNOWN
from matting_models.networks.mask_to_matte.crops import crop_around
from matting_models.networks.net_t.config import NetTConfig
from matting_models.networks.net_t.network import NetT
from matting_models.networks.net_t.segmentation import fixed_blur
from matting_models.networks.net_t.view import padded, to_side
from matting_models.networks.saved import load_weights, read_config, revision_of
from matting_models.weights import models_extra, resolve_device, resolve_precision
from pipelines.labelling.matting import MattingFailed

with models_extra("Net-T"):
    import torch

LEVELS = {BACKGROUND: 0, UNKNOWN: 128, FOREGROUND: 255}
"""Class to trimap value."""


@dataclass(frozen=True, slots=True)
class Classified:
    """What Net-T says of a photo; background for certain outside of ``window``.

    Attributes:
        small: (3, h, w) float32, probabilities of the classes in the window, at the network's size.
        window: rows and columns of the photo.
        shape: height and width of the photo.
    """

    small: NDArray[np.float32]
    window: tuple[slice, slice]
    shape: tuple[int, int]

    def probability(self, which: int) -> NDArray[np.float32]:
        """Of one class, (H, W) float32 in [0, 1].

        Args:
            which: 0 background, 1 unknown, 2 foreground.
        """
        whole = np.full(self.shape, float(which == BACKGROUND), np.float32)
        whole[self.window] = self._inside(which)
        return whole

    def trimap(self) -> NDArray[np.uint8]:
        """Of the likeliest class, (H, W) uint8: 0, 128, 255."""
        # One class at a time: a photo may have many pixels.
        likeliest = self._inside(BACKGROUND)
        inside = np.zeros(likeliest.shape, np.uint8)
        for which in (UNKNOWN, FOREGROUND):
            probability = self._inside(which)
            inside[probability > likeliest] = LEVELS[which]
            np.maximum(likeliest, probability, out=likeliest)
        whole = np.zeros(self.shape, np.uint8)
        whole[self.window] = inside
        return whole

    def _inside(self, which: int) -> NDArray[np.float32]:
        """At the window's size."""
        rows, columns = self.window
        size = (columns.stop - columns.start, rows.stop - rows.start)
        smaller = size[0] < self.small.shape[2]
        method = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
        return np.asarray(cv2.resize(self.small[which], size, interpolation=method), np.float32)


class TrimapNetwork:
    """Net-T as the trimap rule ``net-t``; see ``pipelines.labelling.matting.MaskTrimaps``.

    Args:
        weights: a folder that training wrote.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``.

    Attributes:
        name, revision: as every method has; the revision is the folder's name and the weights' digest.
        device: where the network runs.
        config: its sizes.

    Raises:
        FileNotFoundError: no such weights.
        ValueError: they cannot be used, or the device or precision cannot be had.

    Example:
        >>> network = TrimapNetwork("runs/net-t")
        >>> trimap = network.trimap(image, mask)  # (H, W) uint8: 0, 128, 255
    """

    name = "net-t"

    def __init__(self, weights: str | Path, device: str = "auto", precision: str = "auto") -> None:
        folder = Path(weights)
        self.revision = revision_of(folder)
        self.config = read_config(folder, NetTConfig)
        self._device = resolve_device(device)
        self.device = str(self._device)
        self._precision = resolve_precision(precision, self._device)
        self._network = NetT(self.config)
        load_weights(folder, self._network)
        self._network.to(self._device).eval()

    def trimap(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Where the alpha is known; arguments and errors as ``classify``.

        Returns:
            (H, W) uint8; 0 known background, 128 unknown, 255 known foreground.
        """
        return self.classify(image, mask).trimap()

    def classify(self, image: NDArray[np.uint8], mask: NDArray[np.uint8]) -> Classified:
        """Class probabilities around what a mask marks.

        Args:
            image: (H, W, 3) uint8, RGB, the whole photo.
            mask: (H, W) uint8 of 0 and 1, or bool; at least one pixel set.

        Raises:
            MattingFailed: it does not fit into the GPU's memory, or overflows in half precision.
            ValueError: shapes or dtypes are not as above, or the mask is empty.
        """
        binary = check_mask(image, mask)
        window = crop_around(binary)
        photo = to_side(image[window], self.config.side)
        segmentation = fixed_blur(to_side(binary[window] * np.uint8(255), self.config.side), self.config.side)
        height, width = segmentation.shape
        try:
            small = self._probabilities(padded(photo), padded(segmentation))[:, :height, :width]
        except torch.OutOfMemoryError as error:
            raise MattingFailed("Net-T does not fit into the GPU's memory") from error
        if not np.isfinite(small).all():
            raise MattingFailed(f"Net-T's probabilities are not finite in {self._precision}; use precision fp32")
        return Classified(np.ascontiguousarray(small), window, (image.shape[0], image.shape[1]))

    @torch.inference_mode()
    def _probabilities(self, photo: NDArray[np.uint8], segmentation: NDArray[np.uint8]) -> NDArray[np.float32]:
        pixels = torch.from_numpy(photo).to(self._device).permute(2, 0, 1)[None].float() / 255
        foreground = torch.from_numpy(segmentation).to(self._device)[None, None].float() / 255
        mixed = self._precision is not torch.float32
        with torch.autocast(self._device.type, self._precision, enabled=mixed):
            logits = self._network(pixels, foreground)
        probabilities: NDArray[np.float32] = torch.softmax(logits[0].float(), 0).cpu().numpy()
        return probabilities
