"""Dense features of DINOv2 and DINOv3 through transformers.

M. Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023; T. Darcet et al., "Vision
Transformers Need Registers", 2023; O. Simeoni et al., "DINOv3", 2025. Corresponding parts of alike objects have alike
features; the in-context matting paper's pipeline propagates points with DINOv2's (supplement, section 5.1).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from matting_models.errors import InputError
from matting_models.weights import load_model, load_processor, locate, models_extra, resolve_device, resolve_precision
from pipelines.propagation.features import Describer, FeatureMap, Points, View

with models_extra("prompt propagation with DINO"):
    import torch
    from transformers import AutoModel

from matting_models.propagation._common import autocast, check_image, pil_processor, to_half

MODEL_TYPES = ("dinov2", "dinov2_with_registers", "dinov3_vit")
"""Model types in ``config.json`` whose features are known here."""

SIDE = 560
"""Default of the long side: 40 patches of DINOv2's 14 pixels, 35 of DINOv3's 16. DINOv2 ended its training at 518, so
that its positions are hardly stretched, and a tenth of the image still has four patches across."""

VIEWS = tuple(
    View(scale=scale, mirrored=mirrored) for mirrored in (False, True) for scale in (1.0, 0.71, 1.41, 0.5, 2.0)
)
"""The features bear a turn of the object, so views only say where its points may be expected."""


class DinoFeatures:
    """Patch features; see ``pipelines.propagation.features.DenseFeatures``.

    Args:
        weights: hub name, such as ``facebook/dinov2-base``, or local folder.
        device: ``auto``, ``cpu`` or ``cuda``.
        precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the weights stay float32, autocast does the rest.
        side: images, large and small, are brought to about this on their long side, in whole patches. Cost grows with
            its square at least.

    Attributes:
        revision: which weights ran, with their digest or commit, and ``side``.
        min_score: cosine similarity of DINO's patches on corresponding parts. **Not measured**: weights could not be
            had where this was written, and the value only leaves room on both sides.
        tolerance: wide, since objects of a kind differ in pose and build.

    Raises:
        MissingError: no such weights, or no ``preprocessor_config.json`` beside them.
        InputError: weights of another architecture, or damaged; a device or precision that cannot be had.
        ValueError: ``side`` is less than a patch.
    """

    name = "dino"
    views = VIEWS
    tolerance = 0.35
    chance = 0.0
    min_score = 0.5

    def __init__(self, weights: str, device: str = "auto", precision: str = "auto", side: int = SIDE) -> None:
        self._device = resolve_device(device)
        self._dtype = resolve_precision(precision, self._device)
        source = locate(weights, MODEL_TYPES)
        # DINOv2's own. DINOv3's needs torchvision, and what is used here, rescaling and normalisation, is the same.
        self._processor = load_processor(pil_processor("BitImageProcessor"), source)
        self._model = load_model(AutoModel, source).to(self._device)
        config = self._model.config
        self._patch = int(config.patch_size)
        self._extra_tokens = 1 + int(getattr(config, "num_register_tokens", 0))
        if side < self._patch:
            raise ValueError(f"side is {side}, expected at least a patch of {self._patch}")
        self._side = side
        self.revision = f"{source.revision}-side{side}"

    def extract(self, image: NDArray[np.uint8]) -> FeatureMap:
        """Features of the network's last layer, after its layer norm, one for each patch.

        Args:
            image: (H, W, 3) uint8, RGB.

        Raises:
            ValueError: no such image.
            InputError: it does not fit in GPU memory, or the precision is too small for the network.
        """
        check_image(image)
        height, width = image.shape[:2]
        rows, columns = self._grid(height, width)
        tokens = self._forward(self._prepare(image, rows, columns))
        vectors = tokens[self._extra_tokens :].reshape(rows, columns, -1)
        values = to_half(torch.nn.functional.normalize(vectors, dim=-1), self._dtype)
        step = (width / columns, height / rows)
        return FeatureMap(
            values=values,
            origin=((step[0] - 1) / 2, (step[1] - 1) / 2),
            step=step,
            size=(height, width),
            work=math.sqrt(step[0] * step[1]) / self._patch,
        )

    def describer(self, image: NDArray[np.uint8], found: FeatureMap) -> Describer:
        """Features of a reference, bilinear between patches, the same for every view.

        Args:
            image: not used, since all is in ``found``.
            found: ``extract(image)``.
        """

        def describe(points: Points, view: View) -> NDArray[np.float32]:
            return found.sample(points)

        return describe

    def _grid(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of patches for an image."""
        scale = self._side / max(height, width) / self._patch
        return max(1, round(height * scale)), max(1, round(width * scale))

    def _prepare(self, image: NDArray[np.uint8], rows: int, columns: int) -> torch.Tensor:
        """An image as the network's (1, 3, rows * patch, columns * patch) input."""
        size = (columns * self._patch, rows * self._patch)
        # Pillow smooths each axis as it shrinks: an elongated image may shrink along one and grow along the other.
        resized = np.asarray(Image.fromarray(image).resize(size, Image.Resampling(self._processor.resample)))
        inputs = self._processor(
            images=resized,
            do_resize=False,
            do_center_crop=False,
            input_data_format="channels_last",
            return_tensors="pt",
        )
        pixels: torch.Tensor = inputs["pixel_values"]
        return pixels.float()

    def _forward(self, pixels: torch.Tensor) -> torch.Tensor:
        """(tokens, C) float32, class and register tokens first."""
        try:
            return self._run(pixels)
        except torch.OutOfMemoryError:
            pass  # Raised outside, so that the failed attempt's tensors are not kept alive by the exception.
        torch.cuda.empty_cache()
        height, width = pixels.shape[2:]
        raise InputError(
            f"an image of {width} x {height} pixels does not fit in GPU memory; lower side, which is {self._side}"
        )

    @torch.inference_mode()
    def _run(self, pixels: torch.Tensor) -> torch.Tensor:
        with autocast(self._device, self._dtype):
            outputs: Any = self._model(pixel_values=pixels.to(self._device))
        tokens: torch.Tensor = outputs.last_hidden_state[0].float()
        return tokens
