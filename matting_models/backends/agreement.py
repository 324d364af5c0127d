"""How well a mask agrees with what Segment Anything sees in the same box.

A. Kirillov et al., "Segment Anything", 2023. An annotation that SAM disagrees with is often a wrong one, or one too
coarse to make a matte from.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.weights import (
    load_model,
    load_processor,
    locate,
    models_extra,
    resolve_device,
    resolve_precision,
)

with models_extra("agreement with Segment Anything"):
    import torch
    from transformers import SamModel, SamProcessor

MASK_THRESHOLD = 0.0
"""Logits above this are inside SAM's mask."""


def _image_processor_class() -> Any:
    """The processor that needs no torchvision; older releases have only that one, under the plain name."""
    try:
        from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil
    except ImportError:
        from transformers import SamImageProcessor

        return SamImageProcessor
    return SamImageProcessorPil


class SamAgreement:
    """Intersection over union of given masks with SAM's masks for the same boxes.

    ``set_image`` encodes an image; any number of ``iou_for`` calls then share it.

    Args:
        weights: hub name, such as ``facebook/sam-vit-base``, or local folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: of the image encoder: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the small decoder runs in float32.

    Attributes:
        revision: which weights ran, with their digest or commit.
    """

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto") -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_precision(precision, self._device)
        source = locate(weights, "sam")
        processor_class: Any = SamProcessor  # The library leaves its constructor untyped.
        self._processor = processor_class(load_processor(_image_processor_class(), source))
        self._model = load_model(SamModel, source).to(self._device)
        self.revision = source.revision
        self._embedding: torch.Tensor | None = None
        self._size = (0, 0)
        self._resized = (0, 0)

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Encode an image.

        Args:
            image: (H, W, 3) uint8, RGB.
        """
        if image.ndim != 3 or image.shape[2] != 3:
            raise ValueError(f"image has shape {image.shape}, expected (H, W, 3)")
        if image.dtype != np.uint8:
            raise ValueError(f"image has dtype {image.dtype}, expected uint8")
        inputs = self._processor(images=image, input_data_format="channels_last", return_tensors="pt")
        self._embedding = self._encode(inputs["pixel_values"].float())
        self._size = (image.shape[0], image.shape[1])
        height, width = inputs["reshaped_input_sizes"][0].tolist()
        self._resized = (int(height), int(width))

    @torch.inference_mode()
    def _encode(self, pixels: torch.Tensor) -> torch.Tensor:
        mixed = self._dtype != torch.float32
        with torch.autocast(self._device.type, dtype=self._dtype if mixed else None, enabled=mixed):
            embedding: torch.Tensor = self._model.get_image_embeddings(pixels.to(self._device))
        return embedding.float()

    def predict(self, box: Sequence[float]) -> NDArray[np.bool_]:
        """SAM's best-scoring mask for a box in the current image.

        Args:
            box: x, y, width, height in pixels of the image.

        Returns:
            (H, W) bool.
        """
        if self._embedding is None:
            raise ValueError("no image is set; call set_image first")
        if len(box) != 4 or not np.isfinite(box).all() or min(box[2:]) <= 0:
            raise ValueError(f"box is {list(box)}, expected x, y, width, height with positive width and height")
        return self._predict(self._embedding, box)

    @torch.inference_mode()
    def _predict(self, embedding: torch.Tensor, box: Sequence[float]) -> NDArray[np.bool_]:
        x, y, width, height = box
        across = self._resized[1] / self._size[1]
        down = self._resized[0] / self._size[0]
        corners = [x * across, y * down, (x + width) * across, (y + height) * down]
        outputs = self._model(
            image_embeddings=embedding,
            input_boxes=torch.tensor([[corners]], dtype=torch.float32, device=self._device),
            multimask_output=True,
        )
        best = int(outputs.iou_scores[0, 0].argmax())
        masks = self._processor.image_processor.post_process_masks(
            [outputs.pred_masks[0, :, best : best + 1].float().cpu()],
            [self._size],
            [self._resized],
            mask_threshold=MASK_THRESHOLD,
        )
        mask: NDArray[np.bool_] = masks[0][0, 0].numpy()
        return mask

    def iou_for(self, mask: NDArray[Any], box: Sequence[float]) -> float:
        """IoU of a mask with SAM's, in the current image; two empty masks agree perfectly.

        Args:
            mask: (H, W) bool or uint8; nonzero is inside.
            box: x, y, width, height in pixels of the image.
        """
        predicted = self.predict(box)
        if mask.shape != predicted.shape:
            raise ValueError(f"mask has shape {mask.shape}, expected {predicted.shape} as the image")
        given = mask != 0
        union = int((given | predicted).sum())
        return int((given & predicted).sum()) / union if union else 1.0

    def iou(self, image: NDArray[np.uint8], mask: NDArray[Any], box: Sequence[float]) -> float:
        """``set_image`` and ``iou_for`` in one."""
        self.set_image(image)
        return self.iou_for(mask, box)
