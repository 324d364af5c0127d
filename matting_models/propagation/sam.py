"""Segmentation of prompts with SAM, HQ-SAM and SAM2 through transformers.

A. Kirillov et al., "Segment Anything", 2023; L. Ke et al., "Segment Anything in High Quality", 2023; N. Ravi et al.,
"SAM 2: Segment Anything in Images and Videos", 2024.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.weights import (
    Source,
    load_model,
    load_processor,
    locate,
    models_extra,
    resolve_device,
    resolve_precision,
)
from pipelines.propagation.segmenter import Encoding, Prompt, Segment, agreement

with models_extra("prompt propagation with Segment Anything"):
    import torch
    from torch import Tensor
    from transformers import AutoConfig, Sam2Model, SamHQModel, SamModel

from matting_models.propagation._common import autocast, check_image, pil_processor, to_half

MASK_THRESHOLD = 0.0
"""Logits above this are inside a mask."""


class _Sam:
    """SAM: an image's long side is scaled to the square input's, and the rest padded at the bottom or right."""

    model_class: Any = SamModel
    processor_name = "SamImageProcessor"

    def __init__(self, source: Source, device: torch.device) -> None:
        self.processor = load_processor(pil_processor(self.processor_name), source)
        self.model = load_model(self.model_class, source).to(device)

    def encode(self, pixels: Tensor) -> dict[str, Tensor]:
        """What the decoder needs of (1, 3, S, S) pixels."""
        return {"image": self.model.get_image_embeddings(pixels)}

    def arguments(self, encoding: dict[str, Tensor]) -> dict[str, Any]:
        """What ``encode`` gave, as the model takes it."""
        return {"image_embeddings": encoding["image"]}

    def resized(self, size: tuple[int, int]) -> tuple[int, int]:
        """(height, width) of an image of that size within the input."""
        # As SamProcessor does for points and boxes.
        height, width = self.processor._get_preprocess_shape(size, self.processor.size["longest_edge"])
        return height, width

    def masks(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        """(N, h, w) logits as (N, height, width) bool masks of the image."""
        masks: list[Tensor] = self.processor.post_process_masks(
            [logits[None]], [size], [self.resized(size)], mask_threshold=MASK_THRESHOLD
        )
        return masks[0][0]


class _SamHQ(_Sam):
    """HQ-SAM: its decoder also sees what the first global block of the encoder saw."""

    model_class = SamHQModel

    def encode(self, pixels: Tensor) -> dict[str, Tensor]:
        image, levels = self.model.get_image_embeddings(pixels)
        return {"image": image, "shallow": levels[0]}

    def arguments(self, encoding: dict[str, Tensor]) -> dict[str, Any]:
        return {"image_embeddings": encoding["image"], "intermediate_embeddings": [encoding["shallow"]]}


class _Sam2(_Sam):
    """SAM2: an image is squeezed into the square input. Features have three levels, from fine to coarse."""

    model_class = Sam2Model
    # Its own needs torchvision; this one reads the same settings and does the same.
    processor_name = "ViTImageProcessor"

    def encode(self, pixels: Tensor) -> dict[str, Tensor]:
        return {f"level{i}": level for i, level in enumerate(self.model.get_image_embeddings(pixels))}

    def arguments(self, encoding: dict[str, Tensor]) -> dict[str, Any]:
        return {"image_embeddings": [encoding[f"level{i}"] for i in range(len(encoding))]}

    def resized(self, size: tuple[int, int]) -> tuple[int, int]:
        return self.processor.size["height"], self.processor.size["width"]

    def masks(self, logits: Tensor, size: tuple[int, int]) -> Tensor:
        # As Sam2ImageProcessor.post_process_masks.
        large = torch.nn.functional.interpolate(logits[None], size, mode="bilinear", align_corners=False)
        return large[0] > MASK_THRESHOLD


# SAM2's releases name the video model, whose image part is used.
_NETWORKS: dict[str, type[_Sam]] = {"sam": _Sam, "sam_hq": _SamHQ, "sam2": _Sam2, "sam2_video": _Sam2}


class SamSegmenter:
    """Segment Anything with points and a box; see ``pipelines.propagation.segmenter.Segmenter``.

    Args:
        weights: hub name, such as ``facebook/sam-vit-base``, ``syscv-community/sam-hq-vit-base`` or
            ``facebook/sam2.1-hiera-base-plus``, or local folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: of the image encoder: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the small decoder runs in float32.

    Attributes:
        revision: which weights ran, with their digest or commit.

    Raises:
        MissingError: no such weights, or no ``preprocessor_config.json`` beside them.
        InputError: weights of another architecture, or damaged; a device or precision that cannot be had.
    """

    name = "sam"

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto") -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_precision(precision, self._device)
        source = locate(weights, tuple(_NETWORKS))
        model_type = AutoConfig.from_pretrained(source.location, **source.options).model_type
        self._network = _NETWORKS[model_type](source, self._device)
        self.revision = source.revision

    @torch.inference_mode()
    def encode(self, image: NDArray[np.uint8]) -> Encoding:
        """The image encoder's features, float16, a few MB.

        Args:
            image: (H, W, 3) uint8, RGB.

        Raises:
            ValueError: no such image.
            InputError: the precision is too small for the network.
        """
        check_image(image)
        inputs = self._network.processor(images=image, input_data_format="channels_last", return_tensors="pt")
        with autocast(self._device, self._dtype):
            features = self._network.encode(inputs["pixel_values"].float().to(self._device))
        return {name: to_half(values, self._dtype) for name, values in features.items()}

    def segment(self, image: NDArray[np.uint8], encoding: Encoding, prompt: Prompt) -> Segment:
        """The best of SAM's three masks: predicted IoU times agreement with the prompt's points is largest.

        Args:
            image: (H, W, 3) uint8, RGB.
            encoding: ``encode(image)``, possibly stored and read again.
            prompt: at least one positive point or a box; its outline is not used.

        Raises:
            ValueError: no such image, or nothing to segment in the prompt.
        """
        check_image(image)
        if prompt.box is None and not prompt.positive.any():
            raise ValueError("prompt has neither a positive point nor a box, expected at least one of them")
        masks, qualities = self._decode((image.shape[0], image.shape[1]), encoding, prompt)
        agreements = [agreement(mask, prompt) for mask in masks]
        best = int(np.argmax(qualities * agreements))
        return Segment(masks[best], float(qualities[best]), agreements[best])

    @torch.inference_mode()
    def _decode(
        self, size: tuple[int, int], encoding: Encoding, prompt: Prompt
    ) -> tuple[NDArray[np.bool_], NDArray[np.float32]]:
        """(3, H, W) masks and (3,) predicted IoUs in [0, 1]."""
        features = {name: torch.tensor(values, device=self._device).float() for name, values in encoding.items()}
        outputs = self._network.model(
            **self._network.arguments(features), **self._inputs(size, prompt), multimask_output=True
        )
        masks = self._network.masks(outputs.pred_masks[0, 0].float().cpu(), size)
        return masks.numpy(), outputs.iou_scores[0, 0].float().clamp(0, 1).cpu().numpy()

    def _inputs(self, size: tuple[int, int], prompt: Prompt) -> dict[str, Tensor]:
        """Points and box in pixels of the network's input."""
        height, width = self._network.resized(size)
        scale = np.array([width / size[1], height / size[0]])
        inputs: dict[str, Tensor] = {}
        if len(prompt.points):
            points = (prompt.points * scale).astype(np.float32)
            inputs["input_points"] = torch.tensor(points[None, None], device=self._device)
            inputs["input_labels"] = torch.tensor(prompt.positive[None, None], device=self._device).int()
        if prompt.box is not None:
            x, y, across, down = prompt.box
            corners = np.array([[x, y], [x + across, y + down]]) * scale
            inputs["input_boxes"] = torch.tensor(corners.reshape(1, 1, 4).astype(np.float32), device=self._device)
        return inputs
