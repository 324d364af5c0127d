"""ViTMatte through transformers.

J. Yao, X. Wang, S. Yang, B. Wang, "ViTMatte: Boosting Image Matting with Pre-trained Plain Vision Transformers",
Information Fusion 2024. The network sees four channels: normalised RGB and the trimap as 0, 0.5 or 1.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from matting_models.arguments import check_batch, check_crop
from matting_models.weights import (
    load_model,
    load_processor,
    locate,
    models_extra,
    resolve_device,
    resolve_precision,
)
from pipelines.labelling.matting import MattingFailed

with models_extra("the vitmatte backend"):
    import torch
    from transformers import VitMatteForImageMatting

PAD_TO = 64
"""Sides are padded to multiples of this; coarser than the network's 32, so that more crops share a size."""

MAX_CROP_PIXELS = 1536 * 1536
"""Crops larger than this are matted at reduced size. Attention is quadratic: this is about 1 GB per layer in fp32."""

_UNKNOWN = 127.5
"""The processor divides by 255, and the network was trained with 0.5."""


def _processor_class() -> Any:
    """The processor that needs no torchvision; older releases have only that one, under the plain name."""
    try:
        from transformers.models.vitmatte.image_processing_pil_vitmatte import VitMatteImageProcessorPil
    except ImportError:
        from transformers import VitMatteImageProcessor

        return VitMatteImageProcessor
    return VitMatteImageProcessorPil


class Overflowed(RuntimeError):
    """The network's output is not finite: its precision is too small, or its weights are damaged."""


class VitMatte:
    """The ``vitmatte`` backend; see ``pipelines.labelling.matting.MattingBackend``.

    Crops are zero-padded at the bottom and right, as the model's processor does, to multiples of ``PAD_TO``, and only
    crops of equal padded size share a batch: what a crop is padded to never depends on its companions. A batch holds
    at most ``batch_size`` crops and ``max_crop_pixels`` padded pixels.

    Args:
        weights: hub name, such as ``hustvl/vitmatte-small-composition-1k``, or local folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the weights stay float32, autocast does the rest.
        batch_size: most crops in one forward pass.
        max_crop_pixels: a larger crop is reduced to this, matted, and its alpha enlarged again bilinearly.
    """

    name = "vitmatte"
    context = 32

    def __init__(
        self,
        weights: str,
        device: str = "auto",
        precision: str = "auto",
        batch_size: int = 8,
        max_crop_pixels: int = MAX_CROP_PIXELS,
    ) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is {batch_size}, expected at least 1")
        if max_crop_pixels < PAD_TO**2:
            raise ValueError(f"max_crop_pixels is {max_crop_pixels}, expected at least {PAD_TO**2}")
        self._device = resolve_device(device)
        self.device = str(self._device)
        self._dtype = resolve_precision(precision, self._device)
        source = locate(weights, "vitmatte")
        self._processor = load_processor(_processor_class(), source)
        self._model = load_model(VitMatteForImageMatting, source).to(self._device)
        self._multiple = math.lcm(PAD_TO, int(getattr(self._processor, "size_divisor", 32)))
        self._max_crop_pixels = max_crop_pixels
        self.batch_size = batch_size
        self.revision = source.revision

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
        return -(-height // self._multiple) * self._multiple, -(-width // self._multiple) * self._multiple

    def _groups(self, shapes: list[tuple[int, ...]]) -> Iterator[list[int]]:
        """Indices of crops to run together."""
        by_size: dict[tuple[int, int], list[int]] = {}
        for i, shape in enumerate(shapes):
            by_size.setdefault(self._padded(shape), []).append(i)
        for (height, width), members in sorted(by_size.items()):
            most = max(1, min(self.batch_size, self._max_crop_pixels // (height * width)))
            for begin in range(0, len(members), most):
                yield members[begin : begin + most]

    def _prepare(self, image: NDArray[np.uint8], trimap: NDArray[np.uint8]) -> torch.Tensor:
        """One crop as the network's (4, H, W) input, padded."""
        values = trimap.astype(np.float32)
        values[(trimap != 0) & (trimap != 255)] = _UNKNOWN
        features = self._processor(
            images=image,
            trimaps=values,
            input_data_format="channels_last",
            size_divisor=self._multiple,
            return_tensors="pt",
        )
        pixels: torch.Tensor = features["pixel_values"][0]
        return pixels.float()

    def _forward(self, inputs: torch.Tensor) -> list[NDArray[np.float32]]:
        """Alphas of a (B, 4, H, W) batch, in halves if it does not fit in GPU memory."""
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
    def _run(self, inputs: torch.Tensor) -> list[NDArray[np.float32]]:
        mixed = self._dtype != torch.float32
        with torch.autocast(self._device.type, dtype=self._dtype if mixed else None, enabled=mixed):
            alphas = self._model(pixel_values=inputs.to(self._device)).alphas
        predicted: NDArray[np.float32] = alphas[:, 0].float().cpu().numpy()
        if not np.isfinite(predicted).all():
            raise Overflowed(f"the network's output overflowed in {self._dtype}; use precision fp32 (or bf16)")
        return list(predicted)


def _finish(predicted: NDArray[np.float32], shape: tuple[int, ...], trimap: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Cut the padding off, undo the reduction, restore what is known."""
    alpha = predicted[: shape[0], : shape[1]]
    if shape != trimap.shape:
        alpha = cv2.resize(alpha, trimap.shape[::-1], interpolation=cv2.INTER_LINEAR).astype(np.float32, copy=False)
    alpha = np.clip(alpha, 0.0, 1.0)
    alpha[trimap == 0] = 0.0
    alpha[trimap == 255] = 1.0
    return alpha
