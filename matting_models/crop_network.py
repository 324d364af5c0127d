"""What every network that mattes crops from trimaps does around its forward pass."""

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from matting_models.arguments import check_batch, check_crop
from matting_models.weights import overflow_text, resolve_device, resolve_precision
from pipelines.labelling.matting import MattingFailed

MAX_CROP_PIXELS = 1536 * 1536
"""Crops larger than this are matted at reduced size."""


VITMATTE_STRIDE = 32


def vitmatte_sides(height: int, width: int) -> tuple[int, int]:
    """What the authors of ViTMatte and DiffMatte pad a photo to; their numbers depend on it.

    A side that is a multiple of ``VITMATTE_STRIDE`` gets another one of it where the other side is none.
    """
    if height % VITMATTE_STRIDE == 0 and width % VITMATTE_STRIDE == 0:
        return height, width
    return (height // VITMATTE_STRIDE + 1) * VITMATTE_STRIDE, (width // VITMATTE_STRIDE + 1) * VITMATTE_STRIDE


class Overflowed(RuntimeError):
    """The network's output is not finite: its precision is too small, or its weights are damaged."""


class CropNetwork(ABC):
    """A ``pipelines.labelling.matting.MattingBackend``; a network adds loading, its input and its forward pass.

    Only crops of equal padded size share a batch: what a crop is padded to never depends on its companions. A batch
    holds at most ``batch_size`` crops and ``max_crop_pixels`` padded pixels.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the weights stay float32, autocast does the rest.
        batch_size: most crops in one forward pass.
        max_crop_pixels: a larger crop is reduced to this, matted, and its alpha enlarged again bilinearly.

    Attributes:
        pad_to: sides are padded to multiples of this; a subclass may set a coarser one on an instance.
        precision: what the network runs in.
    """

    name: str
    context: int
    pad_to: int
    revision: str

    def __init__(self, device: str, precision: str, batch_size: int, max_crop_pixels: int) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, expected at least 1")
        if max_crop_pixels < self.pad_to**2:
            raise ValueError(f"max_crop_pixels is {max_crop_pixels}, expected at least {self.pad_to**2}")
        self._device = resolve_device(device)
        self.device = str(self._device)
        self.precision = resolve_precision(precision, self._device)
        self._max_crop_pixels = max_crop_pixels
        self.batch_size = batch_size

    @abstractmethod
    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> Tensor:
        """One crop as the network's (C, H, W) input, padded at the bottom and right to multiples of ``pad_to``."""

    @abstractmethod
    def _predict(self, inputs: Tensor) -> Tensor:
        """(B, H, W) alphas of a (B, C, H, W) batch on the device."""

    def __call__(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        return self.batch([image], [trimap])[0]

    def batch(
        self, images: Sequence[NDArray[np.uint8]], trimaps: Sequence[NDArray[np.uint8]]
    ) -> list[NDArray[np.float32]]:
        """Matte crops of any sizes; results in the order given."""
        check_batch(images, trimaps)
        for image, trimap in zip(images, trimaps, strict=True):
            check_crop(image, trimap)
        reduced = [self._reduce(image, trimap) for image, trimap in zip(images, trimaps, strict=True)]
        alphas: list[NDArray[np.float32]] = [np.empty((0, 0), np.float32)] * len(images)
        for members in self._groups([trimap.shape for _, trimap in reduced]):
            inputs = torch.stack([self._prepare(*reduced[i]) for i in members])
            for i, predicted in zip(members, self._forward(inputs), strict=True):
                alphas[i] = _finish(predicted, reduced[i][1].shape, trimaps[i])
        return alphas

    def _reduce(
        self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]
    ) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Scale a crop down to ``max_crop_pixels``."""
        height, width = trimap.shape
        if height * width <= self._max_crop_pixels:
            return image, trimap
        scale = math.sqrt(self._max_crop_pixels / (height * width))
        size = (max(1, int(width * scale)), max(1, int(height * scale)))
        small_image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        small_trimap = cv2.resize(trimap, size, interpolation=cv2.INTER_NEAREST)
        return small_image.astype(np.uint8, copy=False), small_trimap.astype(np.uint8, copy=False)

    def _padded(self, shape: tuple[int, ...]) -> tuple[int, int]:
        height, width = shape
        return -(-height // self.pad_to) * self.pad_to, -(-width // self.pad_to) * self.pad_to

    def _groups(self, shapes: list[tuple[int, ...]]) -> Iterator[list[int]]:
        """Indices of crops to run together."""
        by_size: dict[tuple[int, int], list[int]] = {}
        for i, shape in enumerate(shapes):
            by_size.setdefault(self._padded(shape), []).append(i)
        for (height, width), members in sorted(by_size.items()):
            most = max(1, min(self.batch_size, self._max_crop_pixels // (height * width)))
            for begin in range(0, len(members), most):
                yield members[begin : begin + most]

    def _forward(self, inputs: Tensor) -> list[NDArray[np.float32]]:
        """Alphas of a (B, C, H, W) batch, in halves if it does not fit in GPU memory."""
        try:
            return self._run(inputs)
        except torch.OutOfMemoryError:
            pass  # Retried outside, so that the failed attempt's tensors are not kept alive by the exception.
        torch.cuda.empty_cache()
        if len(inputs) == 1:
            height, width = inputs.shape[2:]
            raise MattingFailed(
                f"a crop of {width} x {height} pixels does not fit in GPU memory; lower max_crop_pixels"
            )
        half = len(inputs) // 2
        return self._forward(inputs[:half]) + self._forward(inputs[half:])

    @torch.inference_mode()
    def _run(self, inputs: Tensor) -> list[NDArray[np.float32]]:
        mixed = self.precision != torch.float32
        with torch.autocast(self._device.type, dtype=self.precision if mixed else None, enabled=mixed):
            alphas = self._predict(inputs.to(self._device))
        predicted: NDArray[np.float32] = alphas.float().cpu().numpy()
        if not np.isfinite(predicted).all():
            raise Overflowed(overflow_text(self.precision))
        return list(predicted)


def photo_by_photo(network: CropNetwork) -> Callable[[NDArray[np.uint8], NDArray[np.uint8]], NDArray[np.float32]]:
    """A network in an evaluation, where a photo whose alpha overflows must not end the others.

    Returns:
        From photo and trimap to alpha; raises MattingFailed where there is none.
    """

    def predict(photo: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            return network(photo, trimap)
        except Overflowed as error:
            raise MattingFailed(str(error)) from error

    return predict


def _finish(predicted: NDArray[np.float32], shape: tuple[int, ...], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cut the padding off, undo the reduction, restore what is known."""
    alpha = predicted[: shape[0], : shape[1]]
    if shape != trimap.shape:
        alpha = cv2.resize(alpha, trimap.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    alpha = np.clip(alpha, 0.0, 1.0)
    alpha[trimap == 0] = 0.0
    alpha[trimap == 255] = 1.0
    return alpha
