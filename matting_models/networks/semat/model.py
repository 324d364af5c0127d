"""SEMat: interactive matting from a box.

"Towards Natural Image Matting in the Wild via Real-Scenario Prior", section 4 and appendix A (the SEMat paper).
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matting_models.errors import InputError, MissingError
from matting_models.weights import models_extra, overflow_text, resolve_device, resolve_precision

with models_extra("SEMat"):
    import torch
    import torch.nn.functional as F
    from torch import Tensor, nn

from matting_models.networks.semat.backbone import Backbone, Decoded, Features
from matting_models.networks.semat.box_prompt import BoxPrompt
from matting_models.networks.semat.build import load_backbone, make_adapter, make_decoder
from matting_models.networks.semat.config import SEMatConfig
from matting_models.networks.semat.lora import adapters_off, add_lora
from matting_models.networks.semat.preparation import check_image, prepare_box, prepare_image, restore_alpha
from matting_models.networks.semat.weights_file import load_trainable, save_trainable

_MEAN = (123.675, 116.28, 103.53)
_STD = (58.395, 57.12, 57.375)
"""RGB, of 0 to 255: what SAM, HQ-SAM and SAM2 were trained with."""


@dataclass(frozen=True, slots=True)
class Output:
    """What a forward pass gives.

    Attributes:
        alpha_logits: (B, 1, S, S); alpha is their sigmoid.
        matting_logits: (B, 3, S, S) background, unknown, foreground, upsampled.
        sam_logits: (B, 1, S / 4, S / 4) the tuned network's mask logits; None unless asked for.
        frozen_logits: the same of the untouched backbone, without gradient; None unless asked for.
    """

    alpha_logits: Tensor
    matting_logits: Tensor
    sam_logits: Tensor | None = None
    frozen_logits: Tensor | None = None


@dataclass(frozen=True, slots=True)
class _Encoded:
    """A photo that boxes can be asked about."""

    pixels: Tensor
    features: Features
    height: int
    width: int


class SEMat(nn.Module):
    """Feature-aligned transformer, matte-aligned decoder and matting decoder around a frozen Segment Anything model.

    Everything but the backbone is trained: prompt enhancement, LoRA, matting tokens and adapter, matting decoder.

    Args:
        backbone: frozen; gets its adapters here.
        config: sizes and names.
    """

    def __init__(self, backbone: Backbone, config: SEMatConfig) -> None:
        super().__init__()
        self.config = config
        # Before the adapters, which would hide the layers' own weights.
        self.box_prompt = BoxPrompt(backbone.patch_embedding, config.prompt_init)
        self.matting_adapter = make_adapter(backbone)
        self.matting_decoder = make_decoder(backbone, config.decoder_channels, config.architecture)
        self.backbone = backbone
        if config.architecture == "released":
            backbone.use_released_norms()
        add_lora(
            backbone.model.vision_encoder,
            config.lora_rank,
            config.lora_alpha,
            config.lora_dropout,
            config.architecture,
        )
        self.register_buffer("_mean", torch.tensor(_MEAN).view(1, 3, 1, 1), persistent=False)
        self.register_buffer("_std", torch.tensor(_STD).view(1, 3, 1, 1), persistent=False)
        self.precision: torch.dtype = torch.float32
        self._encoded: _Encoded | None = None

    @property
    def image_size(self) -> int:
        """S, side in pixels of the square input."""
        return self.backbone.image_size

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        return self.box_prompt.projection.weight.device

    def components(self) -> dict[str, list[nn.Parameter]]:
        """Trainable parameters by the components of the paper's Table 7."""
        encoder = self.backbone.model.vision_encoder
        return {
            "prompt enhancement": list(self.box_prompt.parameters()),
            "LoRA": [p for p in encoder.parameters() if p.requires_grad],
            "matting tokens and adapter": list(self.matting_adapter.parameters()),
            "matting decoder": list(self.matting_decoder.parameters()),
        }

    def trainable_parameters(self) -> list[nn.Parameter]:
        """Every parameter that is trained."""
        return [parameter for part in self.components().values() for parameter in part]

    def normalise(self, images: Tensor) -> Tensor:
        """(B, 3, S, S) uint8 RGB to the backbone's input."""
        return (images.float() - self._mean) / self._std  # type: ignore[operator]

    def forward(self, images: Tensor, boxes: Tensor, kept: Tensor | None = None, *, regularise: bool = False) -> Output:
        """Mattes of one box an image.

        Args:
            images: (B, 3, S, S) uint8, RGB.
            boxes: (B, 4) float, xyxy in pixels of the input.
            kept: (B,) of 0 and 1: whether the box enters the image encoder; None for all.
            regularise: also give the SAM logits of the tuned and of the untouched network.
        """
        pixels = self.normalise(images)
        features = self.encode(pixels, boxes, kept)
        decoded = self.backbone.decode(features, boxes, self.matting_adapter.tokens.weight)
        output = self._mattes(pixels, features, decoded)
        if not regularise:
            return output
        joint = self.config.architecture == "released"
        own = decoded if joint else self.backbone.decode(features, boxes)
        return Output(
            output.alpha_logits,
            output.matting_logits,
            self._sam_logits(own, features),
            self.frozen_logits(pixels, boxes),
        )

    def encode(self, pixels: Tensor, boxes: Tensor | None, kept: Tensor | None = None) -> Features:
        """Features of the tuned image encoder; without boxes, features that any box may use."""
        prompt = None if boxes is None else self.box_prompt(pixels, boxes, kept)
        return self.backbone.encode(pixels, prompt)

    def decode(self, pixels: Tensor, features: Features, boxes: Tensor) -> Output:
        """Matting logits and alpha from features."""
        return self._mattes(pixels, features, self.backbone.decode(features, boxes, self.matting_adapter.tokens.weight))

    def _mattes(self, pixels: Tensor, features: Features, decoded: Decoded) -> Output:
        small = self.matting_adapter(decoded, features)
        if self.config.architecture == "released" and self.config.family == "sam_hq":
            small = small + self._sam_logits(decoded, features)
        logits = F.interpolate(small, size=pixels.shape[-2:], mode="bilinear", align_corners=False)
        return Output(self.matting_decoder(pixels, logits, features), logits)

    def _sam_logits(self, decoded: Decoded, features: Features) -> Tensor:
        return self.backbone.sam_logits(decoded, features, self.config.architecture)

    @torch.no_grad()
    def frozen_logits(self, pixels: Tensor, boxes: Tensor) -> Tensor:
        """SAM logits of the untouched backbone: the same weights, adapters and prompt branch off (section 4.2)."""
        with adapters_off(self.backbone.model.vision_encoder):
            features = self.backbone.encode(pixels, None)
            return self._sam_logits(self.backbone.decode(features, boxes), features)

    def compile_parts(self) -> None:
        """``torch.compile`` the encoder's blocks, which are alike and compile once, and the matting decoder."""
        # Hiera's stages, windowed and global blocks, adapters on and off: more kinds than torch's default of 8, beyond
        # which it quietly compiles no more.
        torch._dynamo.config.recompile_limit = 64
        for block in self.backbone.blocks:
            block.compile()
        self.matting_decoder.compile()

    # ---- prediction -------------------------------------------------------------------------------------------

    def predict(self, image: NDArray[np.uint8], box: Sequence[float]) -> NDArray[np.float32]:
        """The alpha matte of what is in a box; the box guides the image encoder too.

        Args:
            image: (H, W, 3) uint8, RGB, of any size.
            box: x0, y0, x1, y1 in pixels of the image; x1 and y1 exclusive.

        Returns:
            (H, W) float32 in [0, 1].

        Raises:
            InputError: no such image, or a box that is empty or outside.
        """
        check_image(image)
        return self.predict_unrounded(image, box)

    def predict_unrounded(self, image: NDArray[Any], box: Sequence[float]) -> NDArray[np.float32]:
        """The same of a photo that was resized and not rounded to 8 bits: (H, W, 3) float32 of 0 to 255 too."""
        height, width = image.shape[:2]
        corners = prepare_box(box, height, width, self.image_size, self.config.architecture)
        pixels = self._pixels(image)
        with self._inference():
            boxes = self._boxes([corners])
            alpha = self._alphas(pixels, self.encode(pixels, boxes), boxes)[0]
        return restore_alpha(alpha, height, width, self.config.architecture)

    def set_image(self, image: NDArray[np.uint8]) -> None:
        """Encode an image once, for any number of ``predict_boxes`` calls.

        The box then guides only the decoders: prompt enhancement, which would need an encoding for every box, is left
        out. Training with ``prompt_dropout`` prepares the network for that; one that never saw it warns.

        Args:
            image: (H, W, 3) uint8, RGB, of any size.
        """
        self._encoded = None  # whatever fails below, no box is asked of an earlier image
        check_image(image)
        if self.config.prompt_dropout == 0:
            warnings.warn(
                "this SEMat was trained with prompt_dropout 0: encoding an image once for many boxes leaves out the "
                "prompt enhancement it relies on; predict(image, box) is what it was trained for",
                stacklevel=2,
            )
        pixels = self._pixels(image)
        with self._inference():
            features = self.encode(pixels, None)
        self._encoded = _Encoded(pixels, features, *image.shape[:2])

    def predict_boxes(self, boxes: Sequence[Sequence[float]], batch_size: int = 4) -> list[NDArray[np.float32]]:
        """Alpha mattes of several boxes in the image that was set.

        Args:
            boxes: each x0, y0, x1, y1 in pixels of the image.
            batch_size: boxes in one pass of the decoders.

        Returns:
            One (H, W) float32 in [0, 1] for each box.

        Raises:
            InputError: no image is set, or a box is empty or outside.
        """
        if self._encoded is None:
            raise InputError("no image is set; call set_image first")
        encoded = self._encoded
        size = (encoded.height, encoded.width)
        corners = [prepare_box(box, *size, self.image_size, self.config.architecture) for box in boxes]
        alphas: list[NDArray[np.float32]] = []
        for begin in range(0, len(corners), batch_size):
            some = self._boxes(corners[begin : begin + batch_size])
            with self._inference():
                pixels = encoded.pixels.expand(len(some), -1, -1, -1)
                predicted = self._alphas(pixels, encoded.features.repeat(len(some)), some)
            alphas += [restore_alpha(alpha, *size, self.config.architecture) for alpha in predicted]
        return alphas

    def _inference(self) -> "_Inference":
        return _Inference(self)

    def _boxes(self, corners: list[NDArray[np.float32]]) -> Tensor:
        return torch.from_numpy(np.stack(corners)).to(self.device)

    def _pixels(self, image: NDArray[Any]) -> Tensor:
        square = prepare_image(image, self.image_size, self.config.architecture)
        return self.normalise(torch.from_numpy(square).permute(2, 0, 1)[None].to(self.device))

    def _alphas(self, pixels: Tensor, features: Features, boxes: Tensor) -> NDArray[np.float32]:
        """(N, S, S) float32."""
        logits = self.decode(pixels, features, boxes).alpha_logits
        alphas: NDArray[np.float32] = torch.sigmoid(logits[:, 0].float()).cpu().numpy()
        if not np.isfinite(alphas).all():
            raise InputError(overflow_text(self.precision))
        return alphas

    # ---- weights ----------------------------------------------------------------------------------------------

    @classmethod
    def create(cls, weights: str, **options: Any) -> "SEMat":
        """An untrained SEMat on a backbone.

        Args:
            weights: hub name or local folder of SAM, HQ-SAM or SAM2.
            options: fields of ``SEMatConfig``.

        Raises:
            InputError: the backbone cannot be loaded.
        """
        backbone, family, revision = load_backbone(weights)
        # A relative path would be another folder for whoever loads the weights from elsewhere.
        name = str(Path(weights).resolve()) if Path(weights).exists() else weights
        return cls(backbone, SEMatConfig(name, revision, family, **options))

    @classmethod
    def from_pretrained(
        cls, folder: str | Path, backbone: str | None = None, device: str = "auto", precision: str = "auto"
    ) -> "SEMat":
        """Load what training wrote, ready to predict.

        Args:
            folder: ``config.json`` and ``model.safetensors``: training's --out, or one of its checkpoints.
            backbone: where the Segment Anything model is now; None for where it was in training.
            device: ``auto``, ``cpu`` or ``cuda``.
            precision: ``auto``, ``fp32``, ``bf16`` or ``fp16``; the weights stay float32, autocast does the rest.

        Raises:
            InputError: missing or damaged files, another architecture, another backbone than in training.
        """
        target = resolve_device(device)
        dtype = resolve_precision(precision, target)
        config = SEMatConfig.read(Path(folder)).placed_in(Path(folder).resolve())
        try:
            loaded, family, revision = load_backbone(backbone or config.backbone)
        except MissingError as error:
            hint = "" if backbone else f"; {folder} was trained on it: say where it is now (backbone=, or --backbone)"
            raise MissingError(f"{error}{hint}") from error
        config.check_backbone(Path(folder), family, revision)
        model = cls(loaded, config)
        load_trainable(model, Path(folder))
        model.precision = dtype
        return model.to(target).eval()

    def save_pretrained(self, folder: str | Path) -> None:
        """Write ``config.json`` and ``model.safetensors`` (trainable weights only), each whole or not at all."""
        save_trainable(self, self.config, Path(folder))


class _Inference:
    """Evaluation mode without gradients, in the model's precision; training mode is put back."""

    def __init__(self, model: SEMat) -> None:
        self._model = model
        mixed = model.precision != torch.float32
        self._contexts = (
            torch.inference_mode(),
            torch.autocast(model.device.type, dtype=model.precision if mixed else None, enabled=mixed),
        )
        self._was_training = False

    def __enter__(self) -> None:
        self._was_training = self._model.training
        if self._was_training:
            self._model.eval()
        for context in self._contexts:
            context.__enter__()

    def __exit__(self, *error: object) -> None:
        for context in reversed(self._contexts):
            context.__exit__(None, None, None)
        if self._was_training:
            self._model.train()
